import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

export const WebhookRefusedV1 = defineEvent({
  type: 'curfew.webhook.refused.v1',
  topic: TOPICS.signals,
  description:
    'Something came to the address of a source, or from its API, that was not taken. The sender was told the code; the reason stands here.',
  schema: Type.Object({
    sourceId: Id,
    name: Id,
    code: Type.String(),
    reason: Type.String({ maxLength: 2000 }),
    webhookId: Nullable(Type.String({ maxLength: 256 })),
  }),
});
export type WebhookRefusedV1 = EventOf<typeof WebhookRefusedV1>;
