import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id, Instant, SourceOrder, SubjectIdentifiers } from '../fields.js';
import { TOPICS } from '../topics.js';

export const ReinstatementRequestedV1 = defineEvent({
  type: 'curfew.reinstatement.requested.v1',
  topic: TOPICS.revocations,
  description: 'Policy decided that a signal (a rehire) gives back the right to sign in. Old sessions stay dead.',
  schema: Type.Object({
    signalId: Id,
    signalType: Type.String(),
    order: SourceOrder,
    identifiers: SubjectIdentifiers,
    effectiveAt: Instant,
    scheduled: Type.Boolean(),
    reason: Type.String(),
    receivedAt: Instant,
  }),
});
export type ReinstatementRequestedV1 = EventOf<typeof ReinstatementRequestedV1>;
