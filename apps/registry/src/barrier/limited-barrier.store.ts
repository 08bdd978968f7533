import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { isSomewhere, type Limits } from './limits.js';

/** For a query about an open: the tenant is `$1`, the subject `$2`, the application `$3`, the device `$4`, its names `$5` and `$8`. */
export const LIMITED_BARRIER = `
  SELECT max(not_before) FROM limited_barriers
  WHERE tenant = $1 AND subject_id = $2 AND (kind = 'application' AND target_id = $3 OR kind = 'device' AND target_id = $4
    OR kind = 'session' AND target_id IN ($5, $8))`;

const WITHIN = `s.judged_at <= $4::timestamptz
  AND ($5::text[] IS NULL AND $6::text[] IS NULL OR s.client_id = ANY($5::text[]) OR s.device_id = ANY($6::text[]))
  AND ($7::text[] IS NULL OR s.sid = ANY($7::text[]) OR s.sign_in_id = ANY($7::text[]))`;

/** What revocations of some of a subject's sessions leave standing. Under the subject's lock. */
@Injectable()
export class LimitedBarrierStore {
  async live(tx: Tx, subjectId: string, limits: Limits, before: bigint): Promise<string[]> {
    const rows = await tx.sql<{ session_id: string }>(
      `SELECT s.session_id FROM sessions s
       WHERE s.tenant = $1 AND s.subject_id = $2 AND s.ended_at IS NULL AND s.epoch < $3::bigint AND ${WITHIN}`,
      [tx.tenant, subjectId, before.toString(), ...within(limits)],
    );
    return rows.map((row) => row.session_id);
  }

  /** Those that something else ended and whose applications are not all told: covered as well. */
  async untold(
    tx: Tx,
    subjectId: string,
    limits: Limits,
    exceptRevocationId: string,
    before: bigint,
  ): Promise<string[]> {
    const rows = await tx.sql<{ session_id: string }>(
      `SELECT s.session_id FROM untold_sessions u JOIN sessions s USING (tenant, subject_id, session_id)
       WHERE u.tenant = $1 AND u.subject_id = $2 AND s.epoch < $3::bigint
         AND ${WITHIN} AND s.revocation_id IS DISTINCT FROM $8::uuid`,
      [tx.tenant, subjectId, before.toString(), ...within(limits), exceptRevocationId],
    );
    return rows.map((row) => row.session_id);
  }

  /**
   * Nothing authenticated until then is opened there, or under that name, any more; never lowered. Of a name at a place
   * neither alone says it: what is there is ended, and nothing else is meant.
   */
  raise(tx: Tx, subjectId: string, limits: Limits): void {
    const { applications, devices, sessions } = limits;
    if (!isSomewhere(limits) || (sessions !== null && (applications !== null || devices !== null))) return;
    tx.write(
      `INSERT INTO limited_barriers AS b (tenant, subject_id, kind, target_id, not_before)
       SELECT $1, $2, 'application', unnest($4::text[]), $3::timestamptz UNION SELECT $1, $2, 'device', unnest($5::text[]), $3::timestamptz
       UNION SELECT $1, $2, 'session', unnest($6::text[]), $3::timestamptz
       ON CONFLICT (tenant, subject_id, kind, target_id) DO UPDATE SET not_before = greatest(b.not_before, excluded.not_before)`,
      [tx.tenant, subjectId, ...within(limits)],
    );
  }
}

const within = ({ upTo, applications, devices, sessions }: Limits): unknown[] => [
  upTo,
  applications,
  devices,
  sessions,
];
