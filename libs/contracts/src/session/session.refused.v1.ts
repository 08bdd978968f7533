import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

export const SessionRefusedV1 = defineEvent({
  type: 'curfew.session.refused.v1',
  topic: TOPICS.sessions,
  description: 'An application asked to open a session and was refused.',
  schema: Type.Object({
    clientId: Id,
    subjectId: Id,
    deviceId: Nullable(Id),
    sid: Nullable(Id),
    code: Type.String(),
  }),
});
export type SessionRefusedV1 = EventOf<typeof SessionRefusedV1>;
