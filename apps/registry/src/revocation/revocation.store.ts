import type { Gathered, Tx } from '@curfew/messaging';
import { isUuid, Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { Target, TargetKind } from '../barrier/barrier.js';
import type { Moment, Revocation, RevocationState } from './revocation.js';

interface Row {
  revocation_id: string;
  signal_id: string | null;
  signal: Record<string, unknown> | null;
  target_kind: TargetKind;
  target_id: string;
  bar: boolean;
  reason: string;
  actor: string;
  correlation_id: string;
  requested_at: Date;
  origin_at: Date;
  not_before: Date;
  epoch: string;
  deadline_at: Date;
  standing: 'in_force' | 'superseded';
  state: RevocationState;
  ended: number;
  already_ended: number;
  resolved_at: Date | null;
  settled_at: Date | null;
  outcome: Record<string, unknown> | null;
}

const revocationOf = (row: Row): Revocation => ({
  revocationId: row.revocation_id,
  signalId: row.signal_id,
  signal: row.signal,
  target: { kind: row.target_kind, id: row.target_id },
  bar: row.bar,
  reason: row.reason,
  actor: row.actor,
  correlationId: row.correlation_id,
  requestedAt: row.requested_at,
  originAt: row.origin_at,
  notBefore: row.not_before,
  epoch: BigInt(row.epoch),
  deadlineAt: row.deadline_at,
  standing: row.standing,
  state: row.state,
  ended: row.ended,
  alreadyEnded: row.already_ended,
  resolvedAt: row.resolved_at,
  settledAt: row.settled_at,
  outcome: row.outcome,
});

const INSERT: Gathered<{ revocation: Revocation; source: string | null }, void> = (tx, inserted) => {
  const column = <T>(pick: (revocation: Revocation) => T): T[] => inserted.map(({ revocation }) => pick(revocation));
  tx.write(
    `WITH given AS (
       SELECT * FROM unnest($2::uuid[], $3::text[], $4::json[], $5::text[], $6::text[], $7::boolean[], $8::text[], $9::text[], $10::text[],
         $11::timestamptz[], $12::timestamptz[], $13::bigint[], $14::timestamptz[], $15::text[], $16::text[], $17::int[], $18::int[],
         $19::timestamptz[], $20::timestamptz[], $21::text[])
       AS given (revocation_id, signal_id, signal, target_kind, target_id, bar, reason, actor, correlation_id, requested_at, not_before,
         epoch, deadline_at, standing, state, ended, already_ended, resolved_at, origin_at, source)),
     raised AS (
       INSERT INTO bars (tenant, kind, target_id, revocation_id, source, raised_at)
       SELECT $1, target_kind, target_id, revocation_id, source, not_before FROM given WHERE bar AND standing = 'in_force')
     INSERT INTO revocations (tenant, revocation_id, signal_id, signal, target_kind, target_id, bar, reason, actor, correlation_id,
       requested_at, not_before, epoch, deadline_at, standing, state, ended, already_ended, resolved_at, origin_at)
     SELECT $1, revocation_id, signal_id, signal, target_kind, target_id, bar, reason, actor, correlation_id,
       requested_at, not_before, epoch, deadline_at, standing, state, ended, already_ended, resolved_at, origin_at FROM given`,
    [
      tx.tenant,
      column(({ revocationId }) => revocationId),
      column(({ signalId }) => signalId),
      column(({ signal }) => signal && JSON.stringify(signal)),
      column(({ target }) => target.kind),
      column(({ target }) => target.id),
      column(({ bar }) => bar),
      column(({ reason }) => reason),
      column(({ actor }) => actor),
      column(({ correlationId }) => correlationId),
      column(({ requestedAt }) => requestedAt),
      column(({ notBefore }) => notBefore),
      column(({ epoch }) => epoch.toString()),
      column(({ deadlineAt }) => deadlineAt),
      column(({ standing }) => standing),
      column(({ state }) => state),
      column(({ ended }) => ended),
      column(({ alreadyEnded }) => alreadyEnded),
      column(({ resolvedAt }) => resolvedAt),
      column(({ originAt }) => originAt),
      inserted.map(({ source }) => source),
    ],
  );
  return Promise.resolve([]);
};

@Injectable()
export class RevocationStore {
  constructor(private readonly sweeper: Sweeper) {}

  /** The instant and the epoch a decision gets, read after its locks. */
  async moment(tx: Tx): Promise<Moment> {
    const [row] = await tx.sql<{ now: Date; epoch: string }>(`SELECT curfew_now() AS now, nextval('epochs') AS epoch`);
    return { now: row!.now, epoch: BigInt(row!.epoch) };
  }

  /** With its bar, if it raises one, which a rehire of `source` may lift. */
  insert(tx: Tx, revocation: Revocation, source: string | null): void {
    tx.gatherWrite(INSERT, { revocation, source });
  }

  async get(tx: Tx, revocationId: string): Promise<Revocation | undefined> {
    if (!isUuid(revocationId)) return undefined;
    const [row] = await tx.sql<Row>('SELECT * FROM revocations WHERE tenant = $1 AND revocation_id = $2', [
      tx.tenant,
      revocationId,
    ]);
    return row && revocationOf(row);
  }

  /** The last: there is a further one where the signal was put in force again. */
  async bySignal(tx: Tx, signalId: string): Promise<Revocation | undefined> {
    const [row] = await tx.sql<Row>(
      'SELECT * FROM revocations WHERE tenant = $1 AND signal_id = $2 ORDER BY epoch DESC LIMIT 1',
      [tx.tenant, signalId],
    );
    return row && revocationOf(row);
  }

  /** Newest first. */
  async list(tx: Tx, state: string | undefined, before: string | undefined, limit: number): Promise<Revocation[]> {
    const rows = await tx.sql<Row>(
      `SELECT * FROM revocations WHERE tenant = $1 AND ($2::text IS NULL OR state = $2) AND ($3::uuid IS NULL OR revocation_id < $3)
       ORDER BY revocation_id DESC LIMIT $4`,
      [tx.tenant, state ?? null, before ?? null, limit],
    );
    return rows.map(revocationOf);
  }

  /** Those whose sessions are still being ended, over all tenants, the oldest first. */
  async ending(limit: number): Promise<{ tenant: string; revocationId: string }[]> {
    const rows = await this.sweeper.sql<{ tenant: string; revocation_id: string }>(
      `SELECT tenant, revocation_id FROM revocations WHERE state = 'ending' ORDER BY epoch LIMIT $1`,
      [limit],
    );
    return rows.map((row) => ({ tenant: row.tenant, revocationId: row.revocation_id }));
  }

  /** Undefined: another instance is at it, or it is done. */
  async claimEnding(tx: Tx, revocationId: string): Promise<Revocation | undefined> {
    const [row] = await tx.sql<Row>(
      `SELECT * FROM revocations WHERE tenant = $1 AND revocation_id = $2 AND state = 'ending' FOR UPDATE SKIP LOCKED`,
      [tx.tenant, revocationId],
    );
    return row && revocationOf(row);
  }

  /**
   * Of the revocations of these groups, those that are under way stay so until this transaction is over: what it ends
   * for one of them is still counted with it.
   */
  async lockEnding(tx: Tx, groups: readonly string[]): Promise<void> {
    await tx.sql(
      `SELECT 1 FROM revocations WHERE tenant = $1 AND state = 'ending' AND target_kind = 'group' AND target_id = ANY($2)
       ORDER BY revocation_id FOR UPDATE`,
      [tx.tenant, groups],
    );
  }

  countEnded(tx: Tx, revocationId: string, ended: number): void {
    tx.write(
      `UPDATE revocations SET ended = ended + $3 WHERE tenant = $1 AND revocation_id = $2 AND state = 'ending'`,
      [tx.tenant, revocationId, ended],
    );
  }

  /** Every session it covers is ended. Answers the exact count. */
  async resolve(tx: Tx, revocationId: string, alreadyEnded: number): Promise<number> {
    const [row] = await tx.sql<{ ended: number }>(
      `UPDATE revocations SET state = 'telling', already_ended = $3, resolved_at = curfew_now()
       WHERE tenant = $1 AND revocation_id = $2 RETURNING ended`,
      [tx.tenant, revocationId, alreadyEnded],
    );
    return row!.ended;
  }

  /** What each application answered in the end is known; the first to say so counts. */
  settle(tx: Tx, settled: readonly { revocationId: string; outcome: Record<string, unknown>; at: Date }[]): void {
    tx.write(
      `UPDATE revocations r SET state = 'settled', settled_at = s.at, outcome = s.outcome
       FROM (SELECT DISTINCT ON (revocation_id) * FROM unnest($2::uuid[], $3::json[], $4::timestamptz[]) AS s (revocation_id, outcome, at)
             ORDER BY revocation_id) s
       WHERE r.tenant = $1 AND r.revocation_id = ANY($2::uuid[]) AND r.revocation_id = s.revocation_id AND r.state <> 'settled'`,
      [
        tx.tenant,
        settled.map(({ revocationId }) => revocationId),
        settled.map(({ outcome }) => JSON.stringify(outcome)),
        settled.map(({ at }) => at),
      ],
    );
  }

  cover(tx: Tx, revocationId: string, sessionIds: readonly string[]): void {
    tx.write(
      `INSERT INTO covered_sessions (tenant, revocation_id, session_id) SELECT $1, $2, unnest($3::uuid[]) ON CONFLICT DO NOTHING`,
      [tx.tenant, revocationId, sessionIds],
    );
  }

  // ── bars ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async bars(tx: Tx, target: Target): Promise<{ revocationId: string; source: string | null; raisedAt: Date }[]> {
    const rows = await tx.sql<{ revocation_id: string; source: string | null; raised_at: Date }>(
      'SELECT revocation_id, source, raised_at FROM bars WHERE tenant = $1 AND kind = $2 AND target_id = $3 ORDER BY raised_at',
      [tx.tenant, target.kind, target.id],
    );
    return rows.map((row) => ({ revocationId: row.revocation_id, source: row.source, raisedAt: row.raised_at }));
  }

  /** `signalId`: what its source said since; null: a person. */
  async lift(tx: Tx, target: Target, revocationIds: readonly string[], signalId: string | null): Promise<void> {
    await tx.sql(
      `WITH lifted AS (
         DELETE FROM bars WHERE tenant = $1 AND kind = $2 AND target_id = $3 AND revocation_id = ANY($4::uuid[]) RETURNING revocation_id)
       UPDATE revocations r SET lifted_by_signal = $5 FROM lifted WHERE r.tenant = $1 AND r.revocation_id = lifted.revocation_id`,
      [tx.tenant, target.kind, target.id, revocationIds, signalId],
    );
  }
}
