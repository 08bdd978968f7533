import type { Tx } from '@curfew/messaging';
import { isUuid } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { BARRIER_OF_TARGET } from '../barrier/barrier.store.js';
import type { IndexedSession, SessionKey } from '../index/session-index.js';

interface Row {
  session_id: string;
  client_id: string;
  sid: string;
  subject_id: string;
  device_id: string | null;
  groups: string[];
  authenticated_at: Date;
  judged_at: Date;
  opened_at: Date;
  epoch: string;
  absolute_expires_at: Date;
  idle_seconds: number | null;
  last_activity_at: Date;
  reauth_at: Date | null;
  as_of: string;
  alive: boolean;
  must_reauthenticate: boolean;
}

type StoredCheck =
  | { readonly active: true; readonly session: IndexedSession }
  | { readonly active: false; readonly clientId: string; readonly reauthenticate: boolean };

/** The check as PostgreSQL answers it: the same rule as the index, on the truth. */
@Injectable()
export class CheckStore {
  /** Undefined: there is no such session. */
  async check(tx: Tx, key: SessionKey, idleGraceMs: number): Promise<StoredCheck | undefined> {
    if ('sessionId' in key && !isUuid(key.sessionId)) return undefined;
    const [row] =
      'sessionId' in key
        ? await tx.sql<Row>(checkWhere('s.session_id = $3'), [tx.tenant, idleGraceMs / 1000, key.sessionId])
        : await tx.sql<Row>(checkWhere('s.client_id = $3 AND s.sid = $4'), [
            tx.tenant,
            idleGraceMs / 1000,
            key.clientId,
            key.sid,
          ]);
    if (!row) return undefined;
    if (!row.alive || row.must_reauthenticate)
      return { active: false, clientId: row.client_id, reauthenticate: row.alive };
    return {
      active: true,
      session: {
        tenant: tx.tenant,
        sessionId: row.session_id,
        clientId: row.client_id,
        sid: row.sid,
        subjectId: row.subject_id,
        deviceId: row.device_id,
        groups: row.groups,
        authenticatedAtMs: row.authenticated_at.getTime(),
        judgedAtMs: row.judged_at.getTime(),
        openedAtMs: row.opened_at.getTime(),
        epoch: BigInt(row.epoch),
        asOf: BigInt(row.as_of),
        absoluteExpiresAtMs: row.absolute_expires_at.getTime(),
        idleSeconds: row.idle_seconds,
        lastActivityAtMs: row.last_activity_at.getTime(),
        reauthAtMs: row.reauth_at?.getTime() ?? null,
      },
    };
  }

  /** Activity that the index could not take. */
  async touch(tx: Tx, sessionId: string): Promise<void> {
    await tx.sql(
      `UPDATE sessions SET last_activity_at = curfew_now(),
         expires_at = least(absolute_expires_at, curfew_now() + make_interval(secs => coalesce(idle_seconds, 1e9)))
       WHERE tenant = $1 AND session_id = $2 AND ended_at IS NULL AND last_activity_at < curfew_now() - interval '1 second'`,
      [tx.tenant, sessionId],
    );
  }

  /** Activities the index held, of one tenant. Never backwards. */
  async flush(tx: Tx, activities: readonly { sessionId: string; lastActivityAtMs: number }[]): Promise<void> {
    await tx.sql(
      `UPDATE sessions s SET last_activity_at = a.at,
         expires_at = least(s.absolute_expires_at, a.at + make_interval(secs => coalesce(s.idle_seconds, 1e9)))
       FROM (SELECT unnest($2::uuid[]) AS session_id, to_timestamp(unnest($3::float8[]) / 1000.0) AS at ORDER BY 1) a
       WHERE s.tenant = $1 AND s.session_id = ANY($2::uuid[]) AND s.session_id = a.session_id AND s.ended_at IS NULL
         AND s.last_activity_at < a.at`,
      [
        tx.tenant,
        activities.map(({ sessionId }) => sessionId),
        activities.map(({ lastActivityAtMs }) => lastActivityAtMs),
      ],
    );
  }
}

const checkWhere = (where: string): string => `
  SELECT s.session_id, s.client_id, s.sid, s.subject_id, s.device_id, mine.groups, s.authenticated_at, s.judged_at, s.opened_at, s.epoch,
         s.absolute_expires_at, s.idle_seconds, s.last_activity_at, s.reauth_at, greatest(s.epoch, barred.reread_before) AS as_of,
         coalesce(s.reauth_at <= curfew_now(), false) AS must_reauthenticate,
         s.ended_at IS NULL AND s.absolute_expires_at > curfew_now()
           AND (s.idle_seconds IS NULL OR s.last_activity_at + make_interval(secs => s.idle_seconds + $2::float8) > curfew_now())
           AND NOT coalesce(barred.dead, false) AS alive
  FROM sessions s
  CROSS JOIN LATERAL (
    SELECT ARRAY(SELECT g.group_id FROM subject_groups g WHERE g.tenant = $1 AND g.subject_id = s.subject_id) AS groups) mine
  CROSS JOIN LATERAL (
    SELECT bool_or(s.judged_at <= b.not_before OR s.epoch < b.ends_before) AS dead, max(b.reread_before) AS reread_before FROM (
      SELECT 'tenant' AS kind, $1 AS id UNION ALL SELECT 'application', s.client_id UNION ALL SELECT 'subject', s.subject_id
      UNION ALL SELECT 'device', s.device_id UNION ALL SELECT 'session', s.session_id::text
      UNION ALL SELECT 'group', unnest(mine.groups)) target
    CROSS JOIN LATERAL ${BARRIER_OF_TARGET} b) barred
  WHERE s.tenant = $1 AND ${where}`;
