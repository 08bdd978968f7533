import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Count } from '../fields.js';
import { TOPICS } from '../topics.js';

export const ReactionsUpdatedV1 = defineEvent({
  type: 'curfew.admin.reactions_updated.v1',
  topic: TOPICS.policies,
  description: 'An administrator changed which signal means which revocation.',
  schema: Type.Object({ version: Count, before: Type.Unknown(), after: Type.Unknown() }),
});
export type ReactionsUpdatedV1 = EventOf<typeof ReactionsUpdatedV1>;
