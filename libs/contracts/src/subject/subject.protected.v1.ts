import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

export const SubjectProtectedV1 = defineEvent({
  type: 'curfew.subject.protected.v1',
  topic: TOPICS.subjects,
  description:
    'A subject was put on the never-kill list, or taken off it. What a source says ends nothing of one that is on it.',
  schema: Type.Object({ subjectId: Id, protected: Type.Boolean(), reason: Nullable(Type.String({ maxLength: 1000 })) }),
});
export type SubjectProtectedV1 = EventOf<typeof SubjectProtectedV1>;
