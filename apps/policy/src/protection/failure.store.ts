import type { Tx } from '@curfew/messaging';
import { Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { FailureRecord, Standing } from './protect.js';

export type Scope = 'user' | 'ip';

export interface Asked {
  readonly subject: string;
  /** The address, as failures are counted by it. */
  readonly source: string;
}

interface Row {
  failures: number[];
  locked_until: number | null;
}

const recordOf = ({ failures, locked_until }: Row): FailureRecord => ({
  failures,
  lockedUntil: locked_until ?? undefined,
});

const NOBODY: FailureRecord = { failures: [], lockedUntil: undefined };
const FAILURES = 'ARRAY(SELECT (extract(epoch FROM one) * 1000)::float8 FROM unnest(f.failed_at) one)';
const LOCKED_UNTIL = '(extract(epoch FROM f.locked_until) * 1000)::float8';

/** Who failed to sign in, and when: one row a person and one an address, so that failures at once wait for each other. */
@Injectable()
export class FailureStore {
  constructor(private readonly sweeper: Sweeper) {}

  /** With how many changes there have been of the tenant's policies: one question for all that attempts need. */
  async standings(tx: Tx, asked: readonly Asked[]): Promise<{ revision: number; standings: Standing[] }> {
    const rows = await tx.sql<{ revision: number; now: number; of_user: Row | null; of_ip: Row | null }>(
      `SELECT coalesce((SELECT revision FROM sign_in_revisions WHERE tenant = $1), 0) AS revision,
              (extract(epoch FROM (SELECT curfew_now())) * 1000)::float8 AS now,
              (SELECT json_build_object('failures', ${FAILURES}, 'locked_until', ${LOCKED_UNTIL})
               FROM sign_in_failures f WHERE tenant = $1 AND scope = 'user' AND name = asked.subject) AS of_user,
              (SELECT json_build_object('failures', ${FAILURES}, 'locked_until', ${LOCKED_UNTIL})
               FROM sign_in_failures f WHERE tenant = $1 AND scope = 'ip' AND name = asked.source) AS of_ip
       FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS asked (subject, source, n) ORDER BY n`,
      [tx.tenant, asked.map(({ subject }) => subject), asked.map(({ source }) => source)],
    );
    return {
      revision: rows[0]!.revision,
      standings: rows.map(({ now, of_user, of_ip }) => ({
        now,
        user: of_user ? recordOf(of_user) : NOBODY,
        ip: of_ip ? recordOf(of_ip) : NOBODY,
      })),
    };
  }

  /** Adds one, of which the newest `most` are kept, until `seconds` after it. */
  async add(tx: Tx, scope: Scope, name: string, most: number, seconds: number): Promise<FailureRecord> {
    const [row] = await tx.sql<Row>(
      `INSERT INTO sign_in_failures AS f (tenant, scope, name, failed_at, forget_at)
       VALUES ($1, $2, $3, ARRAY[curfew_now()], curfew_now() + make_interval(secs => $5))
       ON CONFLICT (tenant, scope, name) DO UPDATE SET
         failed_at = (ARRAY[greatest(curfew_now(), f.failed_at[1])] || f.failed_at)[1:$4],
         forget_at = greatest(f.forget_at, curfew_now() + make_interval(secs => $5))
       RETURNING ${FAILURES} AS failures, ${LOCKED_UNTIL} AS locked_until`,
      [tx.tenant, scope, name, most, seconds],
    );
    return recordOf(row!);
  }

  async lock(tx: Tx, scope: Scope, name: string, until: number): Promise<void> {
    await tx.sql(
      `UPDATE sign_in_failures SET locked_until = to_timestamp($4::float8 / 1000) WHERE tenant = $1 AND scope = $2 AND name = $3`,
      [tx.tenant, scope, name, until],
    );
  }

  /** No failure of the person is added before the end of the transaction. */
  async hold(tx: Tx, user: string): Promise<void> {
    await tx.sql(`SELECT 1 FROM sign_in_failures WHERE tenant = $1 AND scope = 'user' AND name = $2 FOR UPDATE`, [
      tx.tenant,
      user,
    ]);
  }

  async forget(tx: Tx, user: string): Promise<void> {
    await tx.sql(`DELETE FROM sign_in_failures WHERE tenant = $1 AND scope = 'user' AND name = $2`, [tx.tenant, user]);
  }

  /** Those that can lock nobody any more, of all tenants; true when there may be more. */
  async sweep(batch: number): Promise<boolean> {
    const gone = await this.sweeper.sql(
      `DELETE FROM sign_in_failures WHERE ctid = ANY(ARRAY(
         SELECT ctid FROM sign_in_failures WHERE forget_at < (SELECT curfew_now()) LIMIT $1)) RETURNING 1`,
      [batch],
    );
    return gone.length === batch;
  }
}
