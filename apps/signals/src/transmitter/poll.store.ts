import type { Tx } from '@curfew/messaging';
import { Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';

/** Whose turn it is to be asked, by which holder. */
export interface Turn {
  readonly tenant: string;
  readonly transmitterId: string;
  readonly holder: string;
}

/** Of several instances one asks a transmitter at a time: its row says which, and until when. */
@Injectable()
export class PollStore {
  constructor(private readonly sweeper: Sweeper) {}

  /** It is polled from now on, or not any more. */
  async set(tx: Tx, transmitterId: string, polled: boolean): Promise<void> {
    await tx.sql(
      polled
        ? `INSERT INTO polls (tenant, transmitter_id) VALUES ($1, $2)
           ON CONFLICT (transmitter_id) DO UPDATE SET due_at = clock_timestamp(), failures = 0`
        : 'DELETE FROM polls WHERE tenant = $1 AND transmitter_id = $2',
      [tx.tenant, transmitterId],
    );
  }

  /** Those nobody asks though it is time, over all tenants. */
  async claim(holder: string, limit: number, leaseSeconds: number): Promise<Turn[]> {
    const rows = await this.sweeper.sql<{ tenant: string; transmitter_id: string }>(
      `UPDATE polls SET holder = $1, held_until = clock_timestamp() + make_interval(secs => $3)
       WHERE transmitter_id IN (
         SELECT transmitter_id FROM polls
         WHERE due_at <= clock_timestamp() AND (held_until IS NULL OR held_until <= clock_timestamp())
         ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING tenant, transmitter_id`,
      [holder, limit, leaseSeconds],
    );
    return rows.map((row) => ({ tenant: row.tenant, transmitterId: row.transmitter_id, holder }));
  }

  /** False: it is not polled any more, or another holder has come. */
  async keep(tx: Tx, { transmitterId, holder }: Turn, leaseSeconds: number): Promise<boolean> {
    const rows = await tx.sql(
      `UPDATE polls SET held_until = clock_timestamp() + make_interval(secs => $4)
       WHERE tenant = $1 AND transmitter_id = $2 AND holder = $3 RETURNING 1`,
      [tx.tenant, transmitterId, holder, leaseSeconds],
    );
    return rows.length > 0;
  }

  async succeeded(tx: Tx, { transmitterId, holder }: Turn): Promise<void> {
    await tx.sql(
      'UPDATE polls SET failures = 0 WHERE tenant = $1 AND transmitter_id = $2 AND holder = $3 AND failures > 0',
      [tx.tenant, transmitterId, holder],
    );
  }

  /** Whoever comes next may have it at once, or after a failure later each time. */
  async release(tx: Tx, { transmitterId, holder }: Turn, failure?: { readonly longestSeconds: number }): Promise<void> {
    await tx.sql(
      `UPDATE polls SET holder = NULL, held_until = NULL,
         failures = CASE WHEN $4::float8 IS NULL THEN failures ELSE failures + 1 END,
         due_at = clock_timestamp() + make_interval(secs => CASE WHEN $4::float8 IS NULL THEN 0 ELSE least(2 ^ least(failures, 20), $4::float8) END)
       WHERE tenant = $1 AND transmitter_id = $2 AND holder = $3`,
      [tx.tenant, transmitterId, holder, failure?.longestSeconds ?? null],
    );
  }
}
