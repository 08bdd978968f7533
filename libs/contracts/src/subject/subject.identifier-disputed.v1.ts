import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id } from '../fields.js';
import { TOPICS } from '../topics.js';

export const SubjectIdentifierDisputedV1 = defineEvent({
  type: 'curfew.subject.identifier-disputed.v1',
  topic: TOPICS.subjects,
  description: 'A directory says an identifier of one subject that belongs to another; it was left where it was.',
  schema: Type.Object({ subjectId: Id, source: Id, identifier: Type.String() }),
});
export type SubjectIdentifierDisputedV1 = EventOf<typeof SubjectIdentifierDisputedV1>;
