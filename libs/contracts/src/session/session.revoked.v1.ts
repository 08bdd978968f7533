import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Epoch, Id, Instant, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

export const END_CAUSES = ['revoked', 'evicted', 'idle_timeout', 'absolute_timeout', 'refused'] as const;
export type EndCause = (typeof END_CAUSES)[number];

export const SessionRevokedV1 = defineEvent({
  type: 'curfew.session.revoked.v1',
  topic: TOPICS.sessions,
  bulkTopic: TOPICS.sessionsBulk,
  description: 'A session ended; its application is to be told.',
  schema: Type.Object({
    sessionId: Id,
    sid: Id,
    clientId: Id,
    subjectId: Id,
    deviceId: Nullable(Id),
    cause: Type.Union(END_CAUSES.map((cause) => Type.Literal(cause))),
    /** Null when no revocation asked for it: an expiry, an eviction, a refused open. */
    revocationId: Nullable(Id),
    /** The session whose sign-in evicted this one. */
    successorSessionId: Nullable(Id),
    reason: Type.String(),
    endedAt: Instant,
    openedAt: Instant,
    /** The broker opened it: a logout token may overtake the application's own sign-in call-back (design §5). */
    openedByBroker: Type.Boolean(),
    deadlineAt: Instant,
    /** When what led to it came to Curfew: the signal, the request, or the session's own deadline. */
    originAt: Instant,
    /** One of many at a time: what comes of it travels on the bulk lanes. */
    bulk: Type.Boolean(),
    epoch: Epoch,
  }),
});
export type SessionRevokedV1 = EventOf<typeof SessionRevokedV1>;
