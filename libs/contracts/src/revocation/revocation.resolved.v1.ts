import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Count, Id, Instant, Nullable, TargetKind } from '../fields.js';
import { TOPICS } from '../topics.js';

export const RevocationResolvedV1 = defineEvent({
  type: 'curfew.revocation.resolved.v1',
  topic: TOPICS.sessions,
  description: 'Every session a revocation covers is ended; how many that were, exactly.',
  schema: Type.Object({
    revocationId: Id,
    signalId: Nullable(Id),
    target: Type.Object({ kind: TargetKind, id: Id }),
    /** Sessions this revocation ended. */
    ended: Count,
    /** Sessions it covers that something else had ended before and whose applications were not all told yet; named by `revocation.covered`. */
    alreadyEnded: Count,
    resolvedAt: Instant,
  }),
});
export type RevocationResolvedV1 = EventOf<typeof RevocationResolvedV1>;
