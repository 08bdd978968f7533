import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id, Instant, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

export const SessionReauthenticatedV1 = defineEvent({
  type: 'curfew.session.reauthenticated.v1',
  topic: TOPICS.sessions,
  description: 'The person of a live session authenticated again: it goes on.',
  schema: Type.Object({
    sessionId: Id,
    clientId: Id,
    subjectId: Id,
    authenticatedAt: Instant,
    reauthenticateAt: Nullable(Instant),
  }),
});
export type SessionReauthenticatedV1 = EventOf<typeof SessionReauthenticatedV1>;
