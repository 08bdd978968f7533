import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { Told } from './timeliness.js';

interface Row extends Omit<Told, 'milliseconds'> {
  /** At 50, 95, 99 and 100 percent. */
  readonly milliseconds: [number, number, number, number] | null;
}

@Injectable()
export class TimelinessStore {
  /**
   * Of each application that has deliveries planned in the range. Told is told by the first try that was accepted:
   * `settled_at` is the deadline of what was late, and what is sent again was told before.
   */
  async told(tx: Tx, from: Date, to: Date): Promise<Told[]> {
    const rows = await tx.sql<Row>(
      `SELECT client_id AS "clientId",
         count(*) FILTER (WHERE told_at <= deadline_at)::int AS "inTime",
         count(*) FILTER (WHERE told_at > deadline_at)::int AS late,
         count(*) FILTER (WHERE told_at IS NULL AND NOT open)::int AS untold,
         count(*) FILTER (WHERE told_at IS NULL AND open)::int AS open,
         percentile_disc(ARRAY[0.5, 0.95, 0.99, 1]) WITHIN GROUP (ORDER BY ms) FILTER (WHERE ms IS NOT NULL) AS milliseconds
       FROM (
         SELECT d.client_id, d.deadline_at, told_at, d.state = 'planned' AND d.deadline_at > (SELECT clock_timestamp()) AS open,
           round(extract(epoch FROM told_at - d.origin_at) * 1000)::int AS ms
         FROM applications a
         JOIN deliveries d ON d.tenant = a.tenant AND d.client_id = a.client_id AND d.planned_at >= $2 AND d.planned_at < $3
         LEFT JOIN LATERAL (
           SELECT min(finished_at) AS told_at FROM attempts t
           WHERE t.tenant = d.tenant AND t.delivery_id = d.delivery_id AND t.outcome = 'accepted') first ON true
         WHERE a.tenant = $1) told
       GROUP BY client_id ORDER BY client_id`,
      [tx.tenant, from, to],
    );
    return rows.map(({ milliseconds, ...counts }) => {
      if (milliseconds === null) return { ...counts, milliseconds };
      const [p50, p95, p99, longest] = milliseconds;
      return { ...counts, milliseconds: { p50, p95, p99, longest } };
    });
  }
}
