import type { Tx } from '@curfew/messaging';
import { Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';

/** Something to be asked of a source's API. */
export interface Errand {
  readonly sourceId: string;
  /** Null: of its own accord, again and again. */
  readonly webhookId: string | null;
  readonly payload: unknown;
  readonly cursor: string | null;
  readonly fault: string | null;
  readonly ageSeconds: number;
}

/** Whose turn an errand is. */
export interface Turn {
  readonly tenant: string;
  readonly errandId: string;
  readonly holder: string;
}

/** Of several instances one runs an errand at a time: its row says which, and until when. */
@Injectable()
export class ErrandStore {
  constructor(private readonly sweeper: Sweeper) {}

  /** About a webhook; once, however often that comes. */
  async add(tx: Tx, sourceId: string, webhookId: string, payload: unknown): Promise<void> {
    await tx.sql(
      `INSERT INTO errands (tenant, errand_id, source_id, webhook_id, payload) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tenant, source_id, webhook_id) DO NOTHING`,
      [tx.tenant, uuidv7(), sourceId, webhookId, JSON.stringify(payload)],
    );
  }

  /** From now on, until the source is removed. */
  async poll(tx: Tx, sourceId: string): Promise<void> {
    await tx.sql(`INSERT INTO errands (tenant, errand_id, source_id, webhook_id) VALUES ($1, $2, $3, '')`, [
      tx.tenant,
      uuidv7(),
      sourceId,
    ]);
  }

  async removeOf(tx: Tx, sourceId: string): Promise<void> {
    await tx.sql('DELETE FROM errands WHERE tenant = $1 AND source_id = $2', [tx.tenant, sourceId]);
  }

  /** Those nobody runs though it is time, over all tenants. */
  async claim(holder: string, limit: number, leaseSeconds: number): Promise<Turn[]> {
    const rows = await this.sweeper.sql<{ tenant: string; errand_id: string }>(
      `UPDATE errands SET holder = $1, held_until = curfew_now() + make_interval(secs => $3)
       WHERE errand_id IN (
         SELECT errand_id FROM errands
         WHERE due_at <= (SELECT curfew_now()) AND (held_until IS NULL OR held_until <= (SELECT curfew_now()))
         ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING tenant, errand_id`,
      [holder, limit, leaseSeconds],
    );
    return rows.map((row) => ({ tenant: row.tenant, errandId: row.errand_id, holder }));
  }

  /** Undefined: it is gone, or somebody else's turn. Until the end of the transaction it is nobody else's. */
  async hold(tx: Tx, { errandId, holder }: Turn, leaseSeconds: number): Promise<Errand | undefined> {
    const [row] = await tx.sql<{
      source_id: string;
      webhook_id: string;
      payload: unknown;
      cursor: string | null;
      fault: string | null;
      age: number;
    }>(
      `UPDATE errands SET held_until = curfew_now() + make_interval(secs => $4)
       WHERE tenant = $1 AND errand_id = $2 AND holder = $3
       RETURNING source_id, webhook_id, payload, cursor, fault, extract(epoch FROM curfew_now() - created_at)::float8 AS age`,
      [tx.tenant, errandId, holder, leaseSeconds],
    );
    return (
      row && {
        sourceId: row.source_id,
        webhookId: row.webhook_id === '' ? null : row.webhook_id,
        payload: row.payload,
        cursor: row.cursor,
        fault: row.fault,
        ageSeconds: row.age,
      }
    );
  }

  async done(tx: Tx, { errandId, holder }: Turn): Promise<void> {
    await tx.sql('DELETE FROM errands WHERE tenant = $1 AND errand_id = $2 AND holder = $3', [
      tx.tenant,
      errandId,
      holder,
    ]);
  }

  /** Of a poll that went well: where it goes on, and when. */
  async goOn(
    tx: Tx,
    { errandId, holder }: Turn,
    { cursor, fault }: { readonly cursor: string | null; readonly fault: string | null },
    seconds: number,
  ): Promise<void> {
    await tx.sql(
      `UPDATE errands SET cursor = $4, fault = $5, failures = 0, holder = NULL, held_until = NULL,
         due_at = curfew_now() + make_interval(secs => $6)
       WHERE tenant = $1 AND errand_id = $2 AND holder = $3`,
      [tx.tenant, errandId, holder, cursor, fault, seconds],
    );
  }

  /** What was wrong, where that is told once. */
  async faulty(tx: Tx, { errandId, holder }: Turn, fault: string): Promise<void> {
    await tx.sql('UPDATE errands SET fault = $4 WHERE tenant = $1 AND errand_id = $2 AND holder = $3', [
      tx.tenant,
      errandId,
      holder,
      fault,
    ]);
  }

  /** Later: each time later still. */
  async retry(tx: Tx, { errandId, holder }: Turn, longestSeconds: number): Promise<void> {
    await tx.sql(
      `UPDATE errands SET holder = NULL, held_until = NULL, failures = failures + 1,
         due_at = curfew_now() + make_interval(secs => least(2 ^ least(failures + 1, 20), $4::float8))
       WHERE tenant = $1 AND errand_id = $2 AND holder = $3`,
      [tx.tenant, errandId, holder, longestSeconds],
    );
  }
}
