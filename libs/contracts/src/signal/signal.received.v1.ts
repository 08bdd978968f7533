import { defineEvent, type EventOf } from '../event.js';
import { TOPICS } from '../topics.js';
import { SignalFacts } from './signal.js';

export const SignalReceivedV1 = defineEvent({
  type: 'curfew.signal.received.v1',
  topic: TOPICS.signals,
  description: 'A signal whose time has come: something happened outside that may end access.',
  schema: SignalFacts,
});
export type SignalReceivedV1 = EventOf<typeof SignalReceivedV1>;
