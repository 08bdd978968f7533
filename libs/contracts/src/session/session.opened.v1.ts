import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Epoch, Id, Instant, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

export const SessionOpenedV1 = defineEvent({
  type: 'curfew.session.opened.v1',
  topic: TOPICS.sessions,
  description: 'A subject has a new session at an application.',
  schema: Type.Object({
    sessionId: Id,
    sid: Id,
    clientId: Id,
    subjectId: Id,
    deviceId: Nullable(Id),
    signInId: Nullable(Id),
    authenticatedAt: Instant,
    openedAt: Instant,
    expiresAt: Instant,
    idleExpiresAt: Nullable(Instant),
    epoch: Epoch,
    ip: Nullable(Type.String()),
    userAgent: Nullable(Type.String()),
  }),
});
export type SessionOpenedV1 = EventOf<typeof SessionOpenedV1>;
