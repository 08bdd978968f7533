import type { EndCause } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { Session } from '../session/session.js';

type CoveredSession = Pick<
  Session,
  'sessionId' | 'sid' | 'clientId' | 'subjectId' | 'deviceId' | 'endedAt' | 'cause' | 'revocationId'
>;

@Injectable()
export class CoveredStore {
  /** Those it ended, and those that something else had ended before. */
  async sessions(tx: Tx, revocationId: string, after: string | undefined, limit: number): Promise<CoveredSession[]> {
    const rows = await tx.sql<{
      session_id: string;
      sid: string;
      client_id: string;
      subject_id: string;
      device_id: string | null;
      ended_at: Date | null;
      cause: EndCause | null;
      revocation_id: string | null;
    }>(
      `SELECT session_id, sid, client_id, subject_id, device_id, ended_at, cause, revocation_id FROM sessions
       WHERE tenant = $1 AND session_id IN (
         SELECT session_id FROM sessions WHERE tenant = $1 AND revocation_id = $2
         UNION ALL SELECT session_id FROM covered_sessions WHERE tenant = $1 AND revocation_id = $2)
         AND ($3::uuid IS NULL OR session_id > $3)
       ORDER BY session_id LIMIT $4`,
      [tx.tenant, revocationId, after ?? null, limit],
    );
    return rows.map((row) => ({
      sessionId: row.session_id,
      sid: row.sid,
      clientId: row.client_id,
      subjectId: row.subject_id,
      deviceId: row.device_id,
      endedAt: row.ended_at,
      cause: row.cause,
      revocationId: row.revocation_id,
    }));
  }
}
