import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { TOPICS } from '../topics.js';

export const InboundMessageRejectedV1 = defineEvent({
  type: 'curfew.inbound-message.rejected.v1',
  topic: TOPICS.inboundHrDeadLetters,
  description: 'A message that an HR system published could not be taken, and why. It was not acted on.',
  schema: Type.Object({
    /** `topic/partition/offset` of the message. */
    position: Type.String(),
    code: Type.String(),
    reason: Type.String({ maxLength: 2000 }),
    headers: Type.Record(Type.String(), Type.String()),
    /** As it came, in base64, cut at 64 kB. */
    valueBase64: Type.String(),
  }),
});
export type InboundMessageRejectedV1 = EventOf<typeof InboundMessageRejectedV1>;
