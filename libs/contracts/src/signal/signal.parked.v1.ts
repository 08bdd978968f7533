import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id, SubjectIdentifiers } from '../fields.js';
import { TOPICS } from '../topics.js';

export const SignalParkedV1 = defineEvent({
  type: 'curfew.signal.parked.v1',
  topic: TOPICS.sessions,
  description: 'A signal names nobody the registry knows; it is kept and applies when the subject appears.',
  schema: Type.Object({ signalId: Id, revocationId: Type.Optional(Id), identifiers: SubjectIdentifiers }),
});
export type SignalParkedV1 = EventOf<typeof SignalParkedV1>;
