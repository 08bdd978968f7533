import type { EndCause } from '@curfew/contracts';

/** One subject's access to one application from one device. */
export interface Session {
  readonly sessionId: string;
  readonly clientId: string;
  readonly sid: string;
  readonly subjectId: string;
  readonly deviceId: string | null;
  readonly signInId: string | null;
  readonly authenticatedAt: Date;
  /** What barriers are compared with (design §4.3). */
  readonly judgedAt: Date;
  readonly openedAt: Date;
  readonly openedByBroker: boolean;
  readonly lastActivityAt: Date;
  readonly idleSeconds: number | null;
  readonly absoluteExpiresAt: Date;
  /** When the authentication is too old; null: never. */
  readonly reauthAt: Date | null;
  readonly epoch: bigint;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly endedAt: Date | null;
  readonly cause: EndCause | null;
  readonly reason: string | null;
  readonly revocationId: string | null;
  readonly successorSessionId: string | null;
}

export const idleExpiresAt = ({
  lastActivityAt,
  idleSeconds,
}: Pick<Session, 'lastActivityAt' | 'idleSeconds'>): Date | null =>
  idleSeconds === null ? null : new Date(lastActivityAt.getTime() + idleSeconds * 1000);

/** Whichever deadline comes first ends the session (LT-13). */
export function expiresAt(session: Pick<Session, 'lastActivityAt' | 'idleSeconds' | 'absoluteExpiresAt'>): Date {
  const idle = idleExpiresAt(session);
  return idle !== null && idle < session.absoluteExpiresAt ? idle : session.absoluteExpiresAt;
}

/** What a person did once: the sessions of one device, or of one sign-in id, at several applications. */
export const signInOf = ({
  deviceId,
  signInId,
  sessionId,
}: Pick<Session, 'deviceId' | 'signInId' | 'sessionId'>): string =>
  deviceId !== null ? `device:${deviceId}` : signInId !== null ? `sign-in:${signInId}` : `session:${sessionId}`;
