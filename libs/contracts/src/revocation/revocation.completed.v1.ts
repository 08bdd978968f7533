import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Count, Id, Instant, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

export const RevocationCompletedV1 = defineEvent({
  type: 'curfew.revocation.completed.v1',
  topic: TOPICS.deliveries,
  description:
    'A revocation is settled: every delivery of every session it covers is final or has breached its deadline.',
  schema: Type.Object({
    revocationId: Id,
    signalId: Nullable(Id),
    ended: Count,
    alreadyEnded: Count,
    accepted: Count,
    confirmed: Count,
    rejected: Count,
    breached: Count,
    abandoned: Count,
    completedAt: Instant,
  }),
});
export type RevocationCompletedV1 = EventOf<typeof RevocationCompletedV1>;
