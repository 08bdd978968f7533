import { SessionRevokedV1, type EndCause } from '@curfew/contracts';
import type { Cause, Tx } from '@curfew/messaging';
import type { Session } from './session.js';

/** Each ended session is told of by itself: its application is to be told as well. */
export function publishRevoked(
  tx: Tx,
  sessions: readonly Session[],
  told: {
    cause: Cause;
    deadlineAt: (session: Session) => Date;
    /** When what led to it came in. */
    originAt: Date;
    epoch: bigint;
    bulk?: boolean;
  },
): void {
  for (const session of sessions) {
    tx.publish(SessionRevokedV1, {
      subject: session.subjectId,
      cause: told.cause,
      ...(told.bulk === undefined ? {} : { bulk: told.bulk }),
      data: {
        sessionId: session.sessionId,
        sid: session.sid,
        clientId: session.clientId,
        subjectId: session.subjectId,
        deviceId: session.deviceId,
        cause: session.cause as EndCause,
        revocationId: session.revocationId,
        successorSessionId: session.successorSessionId,
        reason: session.reason ?? '',
        endedAt: session.endedAt!.toISOString(),
        openedAt: session.openedAt.toISOString(),
        openedByBroker: session.openedByBroker,
        deadlineAt: told.deadlineAt(session).toISOString(),
        originAt: told.originAt.toISOString(),
        bulk: told.bulk ?? false,
        epoch: told.epoch.toString(),
      },
    });
  }
}
