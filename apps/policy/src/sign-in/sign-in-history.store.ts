import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { Change } from './sign-in-policy.js';
import type { SignInVersion } from './sign-in-history.js';

interface Row {
  policy: string;
  version: number;
  change: SignInVersion['change'];
  changes: Change[];
  reason: string | null;
  actor: string;
  saved_at: Date;
  seq: string;
}

const COLUMNS = 'policy, version, change, changes, reason, actor, saved_at, seq';

const versionOf = (row: Row): SignInVersion & { readonly seq: number } => ({
  policy: row.policy,
  version: row.version,
  change: row.change,
  changes: row.changes,
  reason: row.reason,
  actor: row.actor,
  savedAt: row.saved_at.toISOString(),
  seq: Number(row.seq),
});

@Injectable()
export class SignInHistoryStore {
  async add(tx: Tx, saved: Omit<SignInVersion, 'savedAt'>): Promise<void> {
    await tx.sql(
      `INSERT INTO sign_in_versions (tenant, policy, version, change, changes, reason, actor) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [tx.tenant, saved.policy, saved.version, saved.change, JSON.stringify(saved.changes), saved.reason, saved.actor],
    );
  }

  /** The last version there ever was; 0 where nothing is known of it. */
  async last(tx: Tx, policy: string): Promise<number> {
    const [row] = await tx.sql<{ last: number }>(
      'SELECT coalesce(max(version), 0) AS last FROM sign_in_versions WHERE tenant = $1 AND policy = $2',
      [tx.tenant, policy],
    );
    return row!.last;
  }

  /** Those after a version, the newest first. */
  async since(tx: Tx, policy: string, version: number): Promise<SignInVersion[]> {
    const rows = await tx.sql<Row & Record<string, unknown>>(
      `SELECT ${COLUMNS} FROM sign_in_versions WHERE tenant = $1 AND policy = $2 AND version > $3 ORDER BY version DESC`,
      [tx.tenant, policy, version],
    );
    return rows.map(versionOf);
  }

  /** Newest first; of one policy, or of all. */
  async list(
    tx: Tx,
    policy: string | undefined,
    before: number | undefined,
    limit: number,
  ): Promise<(SignInVersion & { readonly seq: number })[]> {
    const rows = await tx.sql<Row & Record<string, unknown>>(
      `SELECT ${COLUMNS} FROM sign_in_versions
       WHERE tenant = $1 AND ($2::text IS NULL OR policy = $2) AND ($3::bigint IS NULL OR seq < $3)
       ORDER BY seq DESC LIMIT $4`,
      [tx.tenant, policy ?? null, before ?? null, limit],
    );
    return rows.map(versionOf);
  }
}
