import type { Tx } from '@curfew/messaging';
import { Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { Barrier, Target, TargetKind } from './barrier.js';

interface Row {
  tenant: string;
  kind: TargetKind;
  target_id: string;
  not_before: Date;
  ends_before: string;
  reread_before: string;
}

const barrierOf = (row: Row): Barrier => ({
  tenant: row.tenant,
  kind: row.kind,
  targetId: row.target_id,
  notBefore: row.not_before,
  endsBefore: BigInt(row.ends_before),
  rereadBefore: BigInt(row.reread_before),
});

export interface Raise {
  readonly target: Target;
  readonly notBefore: Date;
  /** 0: it ends by `notBefore` alone. */
  readonly endsBefore: bigint;
  readonly rereadBefore?: bigint;
  readonly revocationId: string | null;
}

const COLUMNS = 'tenant, kind, target_id, not_before, ends_before, reread_before';

/**
 * For a query over targets `(kind, id)` of the tenant `$1`: one look-up in the index a target, whatever the planner thinks: of a table that has grown since it was analysed it
 * would read all barriers of the tenant (`OFFSET 0` keeps it from joining).
 */
export const BARRIER_OF_TARGET = `(
  SELECT not_before, ends_before, reread_before FROM barriers WHERE tenant = $1 AND kind = target.kind AND target_id = target.id OFFSET 0)`;

@Injectable()
export class BarrierStore {
  constructor(private readonly sweeper: Sweeper) {}

  /** Raises, never lowers. Answers the barriers as they now stand. */
  async raise(tx: Tx, raises: readonly Raise[]): Promise<Barrier[]> {
    const rows = await tx.sql<Row>(
      `INSERT INTO barriers AS b (tenant, kind, target_id, not_before, ends_before, reread_before, revocation_id, indexed)
       SELECT $1, kind, target_id, not_before, ends_before, reread_before, revocation_id, true
       FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::bigint[], $7::uuid[])
         AS given (kind, target_id, not_before, ends_before, reread_before, revocation_id)
       ORDER BY kind, target_id
       ON CONFLICT (tenant, kind, target_id) DO UPDATE SET
         not_before = greatest(b.not_before, excluded.not_before),
         ends_before = greatest(b.ends_before, excluded.ends_before),
         reread_before = greatest(b.reread_before, excluded.reread_before),
         revocation_id = coalesce(excluded.revocation_id, b.revocation_id),
         updated_at = clock_timestamp()
       RETURNING ${COLUMNS}`,
      [
        tx.tenant,
        raises.map(({ target }) => target.kind),
        raises.map(({ target }) => target.id),
        raises.map(({ notBefore }) => notBefore),
        raises.map(({ endsBefore }) => endsBefore.toString()),
        raises.map(({ rereadBefore }) => (rereadBefore ?? 0n).toString()),
        raises.map(({ revocationId }) => revocationId),
      ],
    );
    return rows.map(barrierOf);
  }

  async markUnindexed(tx: Tx, barriers: readonly Barrier[]): Promise<void> {
    await tx.sql(
      `UPDATE barriers SET indexed = false
       WHERE tenant = $1 AND (kind, target_id) IN (SELECT * FROM unnest($2::text[], $3::text[]))`,
      [tx.tenant, barriers.map(({ kind }) => kind), barriers.map(({ targetId }) => targetId)],
    );
  }

  /** Over all tenants: those the index was not told of. */
  async unindexed(limit: number): Promise<Barrier[]> {
    return (
      await this.sweeper.sql<Row>(`SELECT ${COLUMNS} FROM barriers WHERE NOT indexed ORDER BY updated_at LIMIT $1`, [
        limit,
      ])
    ).map(barrierOf);
  }

  /** Only where nobody raised it further meanwhile: that further barrier is not indexed by having indexed this one. */
  async markIndexed(barriers: readonly Barrier[]): Promise<void> {
    await this.sweeper.sql(
      `UPDATE barriers b SET indexed = true
       FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::bigint[])
         AS told (tenant, kind, target_id, not_before, ends_before, reread_before)
       WHERE b.tenant = told.tenant AND b.kind = told.kind AND b.target_id = told.target_id
         AND b.not_before = told.not_before AND b.ends_before = told.ends_before AND b.reread_before = told.reread_before`,
      [
        barriers.map(({ tenant }) => tenant),
        barriers.map(({ kind }) => kind),
        barriers.map(({ targetId }) => targetId),
        barriers.map(({ notBefore }) => notBefore),
        barriers.map(({ endsBefore }) => endsBefore.toString()),
        barriers.map(({ rereadBefore }) => rereadBefore.toString()),
      ],
    );
  }

  /** Over all tenants, page by page: what an index is rebuilt from. */
  async all(after: readonly [string, string, string], limit: number): Promise<Barrier[]> {
    return (
      await this.sweeper.sql<Row>(
        `SELECT ${COLUMNS} FROM barriers WHERE (tenant, kind, target_id) > ($1, $2, $3) ORDER BY tenant, kind, target_id LIMIT $4`,
        [...after, limit],
      )
    ).map(barrierOf);
  }

  async one(tenant: string, { kind, id }: Target): Promise<Barrier | undefined> {
    const [row] = await this.sweeper.sql<Row>(
      `SELECT ${COLUMNS} FROM barriers WHERE tenant = $1 AND kind = $2 AND target_id = $3`,
      [tenant, kind, id],
    );
    return row && barrierOf(row);
  }

  /** Over all tenants: of single sessions that are past their last deadline by more than an index keeps them. */
  async useless(limit: number): Promise<Barrier[]> {
    return (
      await this.sweeper.sql<Row>(
        `SELECT b.tenant, b.kind, b.target_id, b.not_before, b.ends_before, b.reread_before FROM barriers b
         JOIN sessions s ON s.tenant = b.tenant AND s.session_id = b.target_id::uuid
         WHERE b.kind = 'session' AND b.updated_at < (SELECT curfew_now()) - interval '2 days'
           AND s.ended_at IS NOT NULL AND s.absolute_expires_at < (SELECT curfew_now()) - interval '2 days'
         ORDER BY b.updated_at LIMIT $1`,
        [limit],
      )
    ).map(barrierOf);
  }

  async remove(barriers: readonly Barrier[]): Promise<void> {
    await this.sweeper.sql(
      `DELETE FROM barriers b USING unnest($1::text[], $2::text[], $3::text[]) AS gone (tenant, kind, target_id)
       WHERE b.tenant = gone.tenant AND b.kind = gone.kind AND b.target_id = gone.target_id`,
      [
        barriers.map(({ tenant }) => tenant),
        barriers.map(({ kind }) => kind),
        barriers.map(({ targetId }) => targetId),
      ],
    );
  }

  /**
   * Over all tenants: limited barriers of sessions by name that are so old that nobody can still be signed in by what
   * they are about. Those of a place stay, as a person's own does. Answers how many.
   */
  async forgetNames(olderThanDays: number, limit: number): Promise<number> {
    const rows = await this.sweeper.sql(
      `DELETE FROM limited_barriers WHERE (tenant, subject_id, kind, target_id) IN (
         SELECT tenant, subject_id, kind, target_id FROM limited_barriers
         WHERE kind = 'session' AND not_before < (SELECT curfew_now()) - make_interval(days => $1) LIMIT $2)
       RETURNING 1`,
      [olderThanDays, limit],
    );
    return rows.length;
  }
}
