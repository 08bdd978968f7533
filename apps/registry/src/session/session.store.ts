import type { SessionPolicy } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { isUuid } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { BARRIER_OF_TARGET } from '../barrier/barrier.store.js';
import { LIMITED_BARRIER } from '../barrier/limited-barrier.store.js';
import type { IndexedSession } from '../index/session-index.js';
import { LAYERS_OF_MINE } from '../policy/policy-layer.store.js';
import { ownersOf } from '../subject/owner.store.js';
import { layersOf, sessionPolicy, type LayerRow } from '../policy/layers.js';
import {
  endCovered,
  untold,
  UNTOLD_NOW,
  type CoveredElsewhere,
  type CoveredEnding,
  type Ending,
} from './covered-sessions.js';
import type { LiveSession } from './decide-open.js';
import { COLUMNS, S_COLUMNS, sessionOf, type SessionRow } from './session-row.js';
import { expiresAt, type Session } from './session.js';

/** What an open is decided by, read in one statement after its locks. */
export interface OpenGround {
  readonly subjectKnown: boolean;
  /** Undefined: no such application is registered here. */
  readonly application: { readonly deadlineSeconds: number } | undefined;
  readonly now: Date;
  readonly judgedAt: Date;
  readonly epoch: bigint;
  readonly groups: readonly string[];
  readonly notBefore: Date | null;
  readonly subjectBarred: boolean;
  readonly deviceBarred: boolean;
  /** What holds for this person at this application, now. */
  readonly policy: SessionPolicy;
  readonly live: readonly LiveSession[];
  readonly existing: { readonly sessionId: string; readonly subjectId: string; readonly ended: boolean } | undefined;
}

interface GroundRow {
  subject_known: boolean;
  deadline_seconds: number | null;
  now: Date;
  judged_at: Date;
  epoch: string;
  groups: string[];
  not_before: Date | null;
  subject_barred: boolean;
  device_barred: boolean;
  layers: LayerRow[] | null;
  live: { id: string; client: string; device: string | null; sign_in: string | null; opened: string }[] | null;
  existing_id: string | null;
  existing_subject: string | null;
  existing_ended: boolean | null;
}

export interface SessionFilter {
  readonly subject?: string;
  readonly device?: string;
  readonly clientId?: string;
  readonly status?: 'live' | 'ended';
  /** Only those that live though their person or device is barred; there are to be none. */
  readonly orphaned?: boolean;
}

@Injectable()
export class SessionStore {
  async readGround(
    tx: Tx,
    open: {
      clientId: string;
      subjectId: string;
      deviceId: string | null;
      sid: string | null;
      signInId: string | null;
      authenticatedAt: Date;
      byBroker: boolean;
    },
  ): Promise<OpenGround> {
    const [row] = await tx.sql<GroundRow>(
      `WITH moment AS MATERIALIZED (SELECT curfew_now() AS now, nextval('epochs') AS epoch),
            mine AS (
              SELECT ARRAY(SELECT group_id FROM subject_groups WHERE tenant = $1 AND subject_id = $2) AS groups,
                ARRAY(${ownersOf('$2')}) AS owners,
                (SELECT attributes FROM subjects WHERE tenant = $1 AND subject_id = $2) AS attributes),
            covering AS (
              SELECT greatest(max(b.not_before), (${LIMITED_BARRIER})) AS not_before FROM mine
              CROSS JOIN LATERAL (
                SELECT 'tenant' AS kind, $1 AS id UNION ALL SELECT 'application', $3 UNION ALL SELECT 'subject', $2
                UNION ALL SELECT 'subject', unnest(mine.owners)
                UNION ALL SELECT 'device', $4 UNION ALL SELECT 'group', unnest(mine.groups)) target
              CROSS JOIN LATERAL ${BARRIER_OF_TARGET} b)
       SELECT moment.now, moment.epoch, mine.groups, covering.not_before,
              least($6::timestamptz, moment.now) - make_interval(secs => CASE WHEN $7 THEN 0 ELSE a.clock_skew_seconds END) AS judged_at,
              a.deadline_seconds,
              mine.attributes IS NOT NULL AS subject_known,
              EXISTS (SELECT 1 FROM bars WHERE tenant = $1 AND kind = 'subject' AND (target_id = $2 OR target_id = ANY(mine.owners))) AS subject_barred,
              EXISTS (SELECT 1 FROM bars WHERE tenant = $1 AND kind = 'device' AND target_id = $4) AS device_barred,
              ${LAYERS_OF_MINE} AS layers,
              (SELECT json_agg(json_build_object('id', session_id, 'client', client_id, 'device', device_id, 'sign_in', sign_in_id, 'opened', opened_at))
                 FROM sessions WHERE tenant = $1 AND subject_id = $2 AND ended_at IS NULL) AS live,
              e.session_id AS existing_id, e.subject_id AS existing_subject, e.ended_at IS NOT NULL AS existing_ended
       FROM moment CROSS JOIN mine CROSS JOIN covering
       LEFT JOIN applications a ON a.tenant = $1 AND a.client_id = $3 AND NOT a.removed
       LEFT JOIN sessions e ON e.tenant = $1 AND e.client_id = $3 AND e.sid = $5`,
      [
        ...[tx.tenant, open.subjectId, open.clientId, open.deviceId, open.sid, open.authenticatedAt, open.byBroker],
        open.signInId,
      ],
    );
    return {
      subjectKnown: row!.subject_known,
      application: row!.deadline_seconds === null ? undefined : { deadlineSeconds: row!.deadline_seconds },
      now: row!.now,
      judgedAt: row!.judged_at,
      epoch: BigInt(row!.epoch),
      groups: row!.groups,
      notBefore: row!.not_before,
      subjectBarred: row!.subject_barred,
      deviceBarred: row!.device_barred,
      policy: sessionPolicy(layersOf(row!.layers ?? []), open.clientId, row!.now),
      live: (row!.live ?? []).map((session) => ({
        sessionId: session.id,
        clientId: session.client,
        deviceId: session.device,
        signInId: session.sign_in,
        openedAt: new Date(session.opened),
      })),
      existing:
        row!.existing_id === null
          ? undefined
          : { sessionId: row!.existing_id, subjectId: row!.existing_subject!, ended: row!.existing_ended! },
    };
  }

  async insert(tx: Tx, session: Session, deviceName: string | null): Promise<void> {
    await tx.sql(
      `WITH seen AS (
         INSERT INTO devices AS d (tenant, device_id, name) SELECT $1, $6, $23 WHERE $6::text IS NOT NULL
         ON CONFLICT (tenant, device_id) DO UPDATE SET last_seen_at = clock_timestamp(), name = coalesce(excluded.name, d.name))
       INSERT INTO sessions (tenant, session_id, client_id, sid, subject_id, device_id, sign_in_id, authenticated_at, judged_at,
         opened_at, opened_by_broker, last_activity_at, idle_seconds, absolute_expires_at, expires_at, epoch, ip, user_agent,
         ended_at, cause, reason, successor_session_id, reauth_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $24)`,
      [
        tx.tenant,
        session.sessionId,
        session.clientId,
        session.sid,
        session.subjectId,
        session.deviceId,
        session.signInId,
        session.authenticatedAt,
        session.judgedAt,
        session.openedAt,
        session.openedByBroker,
        session.lastActivityAt,
        session.idleSeconds,
        session.absoluteExpiresAt,
        expiresAt(session),
        session.epoch.toString(),
        session.ip,
        session.userAgent,
        session.endedAt,
        session.cause,
        session.reason,
        session.successorSessionId,
        deviceName,
        session.reauthAt,
      ],
    );
  }

  async reauthenticate(tx: Tx, { sessionId, authenticatedAt, reauthAt }: Session): Promise<void> {
    await tx.sql('UPDATE sessions SET authenticated_at = $3, reauth_at = $4 WHERE tenant = $1 AND session_id = $2', [
      tx.tenant,
      sessionId,
      authenticatedAt,
      reauthAt,
    ]);
  }

  async get(tx: Tx, sessionId: string): Promise<Session | undefined> {
    if (!isUuid(sessionId)) return undefined;
    const [row] = await tx.sql<SessionRow>(`SELECT ${COLUMNS} FROM sessions WHERE tenant = $1 AND session_id = $2`, [
      tx.tenant,
      sessionId,
    ]);
    return row && sessionOf(row);
  }

  /** Newest first. */
  async list(tx: Tx, filter: SessionFilter, before: string | undefined, limit: number): Promise<Session[]> {
    const rows = await tx.sql<SessionRow>(
      `SELECT ${COLUMNS} FROM sessions
       WHERE tenant = $1 AND ($2::text IS NULL OR subject_id = $2) AND ($3::text IS NULL OR device_id = $3)
         AND ($4::text IS NULL OR client_id = $4)
         AND ($5::text IS NULL OR (ended_at IS NULL) = ($5 = 'live'))
         AND ($6::uuid IS NULL OR session_id < $6)
         AND ($8::boolean IS NOT TRUE OR ended_at IS NULL AND (
           subject_id IN (SELECT target_id FROM bars WHERE tenant = $1 AND kind = 'subject')
           OR device_id IN (SELECT target_id FROM bars WHERE tenant = $1 AND kind = 'device')))
       ORDER BY session_id DESC LIMIT $7`,
      [
        tx.tenant,
        filter.subject ?? null,
        filter.device ?? null,
        filter.clientId ?? null,
        filter.status ?? null,
        before ?? null,
        limit,
        filter.orphaned ?? false,
      ],
    );
    return rows.map(sessionOf);
  }

  async liveOfSubject(tx: Tx, subjectId: string): Promise<Session[]> {
    const rows = await tx.sql<SessionRow>(
      `SELECT ${COLUMNS} FROM sessions WHERE tenant = $1 AND subject_id = $2 AND ended_at IS NULL ORDER BY session_id`,
      [tx.tenant, subjectId],
    );
    return rows.map(sessionOf);
  }

  /** Ends up to `limit` live sessions of a target. */
  endCovered(tx: Tx, wanted: CoveredEnding): Promise<Session[]> {
    return tx.gather(endCovered(wanted), wanted);
  }

  async endByIds(tx: Tx, sessionIds: readonly string[], ending: Ending): Promise<Session[]> {
    const rows = await tx.sql<SessionRow>(
      `WITH doomed AS MATERIALIZED (
         SELECT session_id FROM sessions WHERE tenant = $1 AND session_id = ANY($2::uuid[]) AND ended_at IS NULL ORDER BY session_id FOR UPDATE),
       ended AS (
         UPDATE sessions s SET ended_at = $3, cause = $4, reason = $5, revocation_id = $6, successor_session_id = $7
         WHERE s.tenant = $1 AND s.session_id = ANY(ARRAY(SELECT session_id FROM doomed))
         RETURNING ${S_COLUMNS}),
       ${UNTOLD_NOW}
       SELECT * FROM ended`,
      [tx.tenant, sessionIds, ending.at, ending.cause, ending.reason, ending.revocationId, ending.successorSessionId],
    );
    return rows.map(sessionOf);
  }

  /** Sessions of the target that something else ended and whose applications are not all told: covered as well. */
  untold(tx: Tx, wanted: CoveredElsewhere): Promise<string[]> {
    return tx.gather(untold(wanted), wanted);
  }

  /** Its application was told, or the deadline passed. */
  markTold(tx: Tx, sessions: readonly Pick<Session, 'subjectId' | 'sessionId'>[]): void {
    tx.write(
      `DELETE FROM untold_sessions u USING unnest($2::text[], $3::uuid[]) AS told (subject_id, session_id)
       WHERE u.tenant = $1 AND u.subject_id = told.subject_id AND u.session_id = told.session_id`,
      [tx.tenant, sessions.map(({ subjectId }) => subjectId), sessions.map(({ sessionId }) => sessionId)],
    );
  }
}

export const indexed = (tenant: string, session: Session, groups: readonly string[]): IndexedSession => ({
  tenant,
  sessionId: session.sessionId,
  clientId: session.clientId,
  sid: session.sid,
  subjectId: session.subjectId,
  deviceId: session.deviceId,
  groups,
  authenticatedAtMs: session.authenticatedAt.getTime(),
  judgedAtMs: session.judgedAt.getTime(),
  openedAtMs: session.openedAt.getTime(),
  epoch: session.epoch,
  // Whoever judges it anew from now on does so under a higher one.
  asOf: session.epoch,
  absoluteExpiresAtMs: session.absoluteExpiresAt.getTime(),
  idleSeconds: session.idleSeconds,
  lastActivityAtMs: session.lastActivityAt.getTime(),
  reauthAtMs: session.reauthAt?.getTime() ?? null,
});
