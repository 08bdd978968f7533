import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Count, Id, Instant, SessionLimits, SourceOrder, SubjectIdentifiers } from '../fields.js';
import { TOPICS } from '../topics.js';

export const RevocationRequestedV1 = defineEvent({
  type: 'curfew.revocation.requested.v1',
  topic: TOPICS.revocations,
  description: 'Policy decided that a signal ends access: whose, since when, and whether new access is barred.',
  schema: Type.Object({
    revocationId: Id,
    signalId: Id,
    signalType: Type.String(),
    order: SourceOrder,
    target: Type.Union([
      Type.Object({ kind: Type.Literal('subject'), identifiers: SubjectIdentifiers }),
      Type.Object({ kind: Type.Literal('device'), id: Id }),
    ]),
    limits: Type.Optional(SessionLimits),
    bar: Type.Boolean(),
    effectiveAt: Instant,
    scheduled: Type.Boolean(),
    deadlineSeconds: Count,
    reason: Type.String(),
    /** The reaction that decided, and the version of the tenant's reactions it stood in. */
    reaction: Type.Object({ name: Type.String(), version: Count }),
    receivedAt: Instant,
  }),
});
export type RevocationRequestedV1 = EventOf<typeof RevocationRequestedV1>;
