import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id } from '../fields.js';
import { TOPICS } from '../topics.js';

export const RevocationCoveredV1 = defineEvent({
  type: 'curfew.revocation.covered.v1',
  topic: TOPICS.sessions,
  bulkTopic: TOPICS.sessionsBulk,
  description:
    'Sessions a revocation covers that something else ended first: it is settled when they are told as well.',
  schema: Type.Object({ revocationId: Id, sessionIds: Type.Array(Id, { minItems: 1, maxItems: 500 }) }),
});
export type RevocationCoveredV1 = EventOf<typeof RevocationCoveredV1>;
