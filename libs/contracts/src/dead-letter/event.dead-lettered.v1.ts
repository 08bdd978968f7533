import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

export const EventDeadLetteredV1 = defineEvent({
  type: 'curfew.event.dead-lettered.v1',
  topic: TOPICS.deadLetters,
  description: 'A service could never handle an event and set it aside; a revocation among them counts as breached.',
  schema: Type.Object({
    service: Type.String(),
    topic: Type.String(),
    eventId: Nullable(Id),
    eventType: Nullable(Type.String()),
    reason: Type.String({ maxLength: 2000 }),
    /** The message as it came, cut at 64 kB. */
    message: Type.String(),
  }),
});
export type EventDeadLetteredV1 = EventOf<typeof EventDeadLetteredV1>;
