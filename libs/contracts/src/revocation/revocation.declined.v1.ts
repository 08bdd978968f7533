import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id } from '../fields.js';
import { TOPICS } from '../topics.js';

export const RevocationDeclinedV1 = defineEvent({
  type: 'curfew.revocation.declined.v1',
  topic: TOPICS.revocations,
  description: 'Policy decided that a signal ends nothing, with the reason.',
  schema: Type.Object({ signalId: Id, signalType: Type.String(), reason: Type.String() }),
});
export type RevocationDeclinedV1 = EventOf<typeof RevocationDeclinedV1>;
