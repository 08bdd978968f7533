import type { EndCause } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';

/** A session as a person looks at it: whose it is and where it came from, in words. */
export interface WatchedSession {
  readonly id: string;
  readonly sid: string;
  readonly clientId: string;
  readonly application: string | null;
  readonly subject: string;
  readonly email: string | null;
  readonly region: string | null;
  readonly device: string | null;
  readonly deviceName: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly openedAt: Date;
  readonly lastActivityAt: Date;
  readonly expiresAt: Date;
  readonly idleExpiresAt: Date | null;
  readonly endedAt: Date | null;
  readonly cause: EndCause | null;
  readonly reason: string | null;
  readonly revocationId: string | null;
  /** Rises with each change: of two views of one session the higher is the later. */
  readonly version: string;
}

/** Everything up to here was told: all of the transactions below, and of that one the sessions up to this id. */
export interface ChangePosition {
  readonly transaction: string;
  readonly sessionId: string;
}

const NIL = '00000000-0000-0000-0000-000000000000';

const VIEW = `s.session_id AS id, s.sid, s.client_id AS "clientId", a.name AS application, s.subject_id AS subject,
  p.identifiers->>'email' AS email, p.attributes->>'region' AS region, s.device_id AS device, d.name AS "deviceName", s.ip,
  s.user_agent AS "userAgent", s.opened_at AS "openedAt", s.last_activity_at AS "lastActivityAt",
  s.absolute_expires_at AS "expiresAt", s.last_activity_at + make_interval(secs => s.idle_seconds) AS "idleExpiresAt",
  s.ended_at AS "endedAt", s.cause, s.reason, s.revocation_id AS "revocationId", s.changed_in::text AS version`;

const WORDS = `
  LEFT JOIN applications a ON a.tenant = s.tenant AND a.client_id = s.client_id
  LEFT JOIN subjects p ON p.tenant = s.tenant AND p.subject_id = s.subject_id
  LEFT JOIN devices d ON d.tenant = s.tenant AND d.device_id = s.device_id`;

/**
 * Who follows changes must miss none, and transactions do not commit in the order of any counter they read. So a change
 * is known by its transaction, and told once no older transaction is still under way (`pg_snapshot_xmin`).
 */
@Injectable()
export class WatchStore {
  /** Newest first: those that live, or the ended ones. */
  async page(tx: Tx, status: 'live' | 'ended', before: string | undefined, limit: number): Promise<WatchedSession[]> {
    return tx.sql<WatchedSession>(
      `SELECT ${VIEW} FROM (
         SELECT * FROM sessions WHERE tenant = $1 AND (ended_at IS NULL) = ($2 = 'live') AND ($3::uuid IS NULL OR session_id < $3)
         ORDER BY session_id DESC LIMIT $4) s ${WORDS}
       ORDER BY s.session_id DESC`,
      [tx.tenant, status, before ?? null, limit],
    );
  }

  /** What is committed now was told, by whoever reads the pages after this. */
  async now(tx: Tx): Promise<ChangePosition> {
    const [row] = await tx.sql<{ xmin: string }>('SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin');
    return { transaction: row!.xmin, sessionId: NIL };
  }

  /** Undefined: a position this database never was at, since it was restored from a copy. */
  async since(
    tx: Tx,
    { transaction, sessionId }: ChangePosition,
    limit: number,
  ): Promise<{ items: WatchedSession[]; position: ChangePosition; more: boolean } | undefined> {
    const rows = await tx.sql<Partial<WatchedSession> & { xmin: string; foreign: boolean }>(
      `WITH horizon AS MATERIALIZED (SELECT pg_snapshot_xmin(s) AS xmin, pg_snapshot_xmax(s) AS xmax FROM pg_current_snapshot() s)
       SELECT horizon.xmin::text AS xmin, $2::text::xid8 > horizon.xmax AS foreign, ${VIEW}
       FROM horizon LEFT JOIN LATERAL (
         SELECT * FROM sessions s
         WHERE s.tenant = $1 AND (s.changed_in, s.session_id) > ($2::text::xid8, $3::uuid) AND s.changed_in < horizon.xmin
         ORDER BY s.changed_in, s.session_id LIMIT $4) s ON true ${WORDS}
       ORDER BY s.changed_in, s.session_id`,
      [tx.tenant, transaction, sessionId, limit],
    );
    if (rows[0]!.foreign) return undefined;
    const items = rows.flatMap(({ xmin: _xmin, foreign: _foreign, ...item }) =>
      item.id === null ? [] : [item as WatchedSession],
    );
    const last = items[items.length - 1];
    const more = items.length === limit;
    const position =
      more && last ? { transaction: last.version, sessionId: last.id } : { transaction: rows[0]!.xmin, sessionId: NIL };
    return { items, position, more };
  }
}
