import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id } from '../fields.js';
import { TOPICS } from '../topics.js';

export const SignalSettledV1 = defineEvent({
  type: 'curfew.signal.settled.v1',
  topic: TOPICS.sessions,
  description:
    'What became of a signal that started no revocation: replaced, rescinded, reinstated, out of date, about somebody protected.',
  schema: Type.Object({
    signalId: Id,
    subjectId: Type.Optional(Id),
    /** Of one that was rescinded: the revocation that bars again, since what it overruled stands. */
    revocationId: Type.Optional(Id),
    outcome: Type.Union([
      Type.Literal('replaced'),
      Type.Literal('rescinded'),
      Type.Literal('reinstated'),
      Type.Literal('out_of_date'),
      /** The subject is on the never-kill list: a human must decide. */
      Type.Literal('protected'),
    ]),
  }),
});
export type SignalSettledV1 = EventOf<typeof SignalSettledV1>;
