import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

export const SecurityEventRefusedV1 = defineEvent({
  type: 'curfew.security-event.refused.v1',
  topic: TOPICS.signals,
  description:
    'What came as a security event of a transmitter was not taken. Its sender was told the code; the reason stands here.',
  schema: Type.Object({
    transmitterId: Id,
    name: Id,
    err: Type.String(),
    reason: Type.String({ maxLength: 2000 }),
    /** As far as it could be read; nothing has proved it. */
    jti: Nullable(Type.String({ maxLength: 256 })),
  }),
});
export type SecurityEventRefusedV1 = EventOf<typeof SecurityEventRefusedV1>;

export const SecurityEventNotedV1 = defineEvent({
  type: 'curfew.security-event.noted.v1',
  topic: TOPICS.signals,
  description: 'A genuine security event that leads to nothing here, and why.',
  schema: Type.Object({
    transmitterId: Id,
    name: Id,
    jti: Id,
    event: Type.String({ maxLength: 512 }),
    reason: Type.String({ maxLength: 2000 }),
  }),
});
export type SecurityEventNotedV1 = EventOf<typeof SecurityEventNotedV1>;
