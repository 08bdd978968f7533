import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

export const SubjectOwnerChangedV1 = defineEvent({
  type: 'curfew.subject-owner.changed.v1',
  topic: TOPICS.subjects,
  description: 'A service account, an API key or an agent has another owner, with whom it ends; null: nobody.',
  schema: Type.Object({ subjectId: Id, owner: Nullable(Id) }),
});
export type SubjectOwnerChangedV1 = EventOf<typeof SubjectOwnerChangedV1>;
