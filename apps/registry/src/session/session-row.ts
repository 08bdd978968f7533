import type { EndCause } from '@curfew/contracts';
import type { Session } from './session.js';

export interface SessionRow {
  session_id: string;
  client_id: string;
  sid: string;
  subject_id: string;
  device_id: string | null;
  sign_in_id: string | null;
  authenticated_at: Date;
  judged_at: Date;
  opened_at: Date;
  opened_by_broker: boolean;
  last_activity_at: Date;
  idle_seconds: number | null;
  absolute_expires_at: Date;
  reauth_at: Date | null;
  epoch: string;
  ip: string | null;
  user_agent: string | null;
  ended_at: Date | null;
  cause: EndCause | null;
  reason: string | null;
  revocation_id: string | null;
  successor_session_id: string | null;
}

export const COLUMNS = `session_id, client_id, sid, subject_id, device_id, sign_in_id, authenticated_at, judged_at, opened_at, opened_by_broker,
  last_activity_at, idle_seconds, absolute_expires_at, reauth_at, epoch, ip, user_agent, ended_at, cause, reason, revocation_id, successor_session_id`;
export const S_COLUMNS = COLUMNS.replace(/\w+/g, 's.$&');

export const sessionOf = (row: SessionRow): Session => ({
  sessionId: row.session_id,
  clientId: row.client_id,
  sid: row.sid,
  subjectId: row.subject_id,
  deviceId: row.device_id,
  signInId: row.sign_in_id,
  authenticatedAt: row.authenticated_at,
  judgedAt: row.judged_at,
  openedAt: row.opened_at,
  openedByBroker: row.opened_by_broker,
  lastActivityAt: row.last_activity_at,
  idleSeconds: row.idle_seconds,
  absoluteExpiresAt: row.absolute_expires_at,
  reauthAt: row.reauth_at,
  epoch: BigInt(row.epoch),
  ip: row.ip,
  userAgent: row.user_agent,
  endedAt: row.ended_at,
  cause: row.cause,
  reason: row.reason,
  revocationId: row.revocation_id,
  successorSessionId: row.successor_session_id,
});
