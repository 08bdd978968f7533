import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id } from '../fields.js';
import { TOPICS } from '../topics.js';

const SubjectState = Type.Object({
  subjectId: Id,
  identifiers: Type.Record(Type.String(), Type.String()),
  accounts: Type.Array(Type.Object({ iss: Id, sub: Id })),
  groups: Type.Array(Id),
  attributes: Type.Record(Type.String(), Type.String()),
  /** False until the directory names the subject; an application's sign-in alone made it known. */
  listed: Type.Boolean(),
});

export const SubjectChangedV1 = defineEvent({
  type: 'curfew.subject.changed.v1',
  topic: TOPICS.subjects,
  description: 'A subject was created, or its identifiers, groups or attributes changed.',
  schema: SubjectState,
});
export type SubjectChangedV1 = EventOf<typeof SubjectChangedV1>;

export const SubjectStateV1 = defineEvent({
  type: 'curfew.subject.state.v1',
  topic: TOPICS.subjectState,
  description: 'A subject as it now is.',
  schema: SubjectState,
});
export type SubjectStateV1 = EventOf<typeof SubjectStateV1>;
