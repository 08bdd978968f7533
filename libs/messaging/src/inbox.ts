import type { Tx } from './tx.js';

/**
 * Remembers the events in the transaction that handles them. Answers which were never seen before: a second delivery
 * waits here for the first one's transaction and then finds its row.
 */
export async function acceptOnce(tx: Tx, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.sql<{ event_id: string }>(
    `INSERT INTO inbox (tenant, event_id) SELECT $1, id FROM unnest($2::text[]) AS id ORDER BY id
     ON CONFLICT DO NOTHING RETURNING event_id`,
    [tx.tenant, [...new Set(ids)]],
  );
  return new Set(rows.map((row) => row.event_id));
}
