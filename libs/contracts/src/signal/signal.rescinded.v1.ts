import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { TOPICS } from '../topics.js';
import { SignalFacts } from './signal.js';

export const SignalRescindedV1 = defineEvent({
  type: 'curfew.signal.rescinded.v1',
  topic: TOPICS.signals,
  description:
    'The source took a signal back. Its bar is lifted, or what it overruled bars again; sessions that ended stay ended.',
  schema: Type.Object({ ...SignalFacts.properties, rescindReason: Type.Optional(Type.String({ maxLength: 1000 })) }),
});
export type SignalRescindedV1 = EventOf<typeof SignalRescindedV1>;
