import { defineEvent, type EventOf } from '../event.js';
import { TOPICS } from '../topics.js';
import { SignalFacts } from './signal.js';

export const SignalScheduledV1 = defineEvent({
  type: 'curfew.signal.scheduled.v1',
  topic: TOPICS.signals,
  description: 'A signal that takes effect later was stored; it already counts in the order of what its source said.',
  schema: SignalFacts,
});
export type SignalScheduledV1 = EventOf<typeof SignalScheduledV1>;
