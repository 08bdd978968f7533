import type { Tx } from '@curfew/messaging';
import type { Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { ApplicationStore } from '../application/application.store.js';
import type { Session } from './session.js';
import { SessionStore } from './session.store.js';

export interface DueSession {
  readonly tenant: string;
  readonly sessionId: string;
}

@Injectable()
export class ExpiryStore {
  constructor(
    private readonly sessions: SessionStore,
    private readonly applications: ApplicationStore,
  ) {}

  /** Over all tenants, the longest overdue first. The clock is read once: read for each row it could use no index. */
  async due(sweeper: Sweeper, idleGraceMs: number, limit: number): Promise<DueSession[]> {
    const rows = await sweeper.sql<{ tenant: string; session_id: string }>(
      `SELECT tenant, session_id FROM sessions
       WHERE ended_at IS NULL AND expires_at <= (SELECT curfew_now())
         AND (absolute_expires_at <= (SELECT curfew_now()) OR expires_at <= (SELECT curfew_now()) - make_interval(secs => $1))
       ORDER BY expires_at LIMIT $2`,
      [idleGraceMs / 1000, limit],
    );
    return rows.map((row) => ({ tenant: row.tenant, sessionId: row.session_id }));
  }

  /** Ends those of them that are still due. Rows another transaction is ending are left to it. */
  async end(
    tx: Tx,
    sessionIds: readonly string[],
  ): Promise<{ ended: Session[]; deadlines: ReadonlyMap<string, number>; epoch: bigint }> {
    const rows = await tx.sql<{
      session_id: string;
      cause: 'idle_timeout' | 'absolute_timeout';
      now: Date;
      epoch: string;
    }>(
      `WITH moment AS MATERIALIZED (SELECT curfew_now() AS now, nextval('epochs') AS epoch)
       SELECT s.session_id, CASE WHEN s.expires_at < s.absolute_expires_at THEN 'idle_timeout' ELSE 'absolute_timeout' END AS cause,
              moment.now, moment.epoch
       FROM sessions s, moment
       WHERE s.tenant = $1 AND s.session_id = ANY($2::uuid[]) AND s.ended_at IS NULL AND s.expires_at <= moment.now
       ORDER BY s.session_id FOR UPDATE OF s SKIP LOCKED`,
      [tx.tenant, sessionIds],
    );
    const ended: Session[] = [];
    for (const cause of ['idle_timeout', 'absolute_timeout'] as const) {
      const ids = rows.filter((row) => row.cause === cause).map((row) => row.session_id);
      if (ids.length === 0) continue;
      const reason = cause === 'idle_timeout' ? 'no activity for as long as policy allows' : 'as old as policy allows';
      const ending = { at: rows[0]!.now, cause, reason, revocationId: null, successorSessionId: null };
      ended.push(...(await this.sessions.endByIds(tx, ids, ending)));
    }
    return {
      ended,
      deadlines: await this.applications.deadlines(
        tx,
        ended.map(({ clientId }) => clientId),
      ),
      epoch: BigInt(rows[0]?.epoch ?? 0),
    };
  }
}
