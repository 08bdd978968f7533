import { exclusive, lockStatement, together, type Gathered, type Tx } from '@curfew/messaging';
import { isUuid, Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { Signal } from '../signal/signal.js';
import { WINDOW_SECONDS, type Guard, type Hold, type Limit } from './guard.js';

const GUARD = 'source, most, window_seconds AS "windowSeconds", types';
const HOLD = `
  hold_id AS "holdId", source, most, window_seconds AS "windowSeconds", state, opened_at AS "openedAt", decided_at AS "decidedAt",
  decided_by AS "decidedBy", reason,
  (SELECT count(*)::int FROM signals s WHERE s.tenant = holds.tenant AND s.hold_id = holds.hold_id) AS held`;

type GuardRow = Guard & Record<string, unknown>;
type HoldRow = Hold & Record<string, unknown>;

/** A signal that was just stored, and the limit of its source. */
export interface Counted extends Pick<Signal, 'signalId' | 'source' | 'receivedAt'> {
  readonly limit: Limit;
}

/** Of what the same transaction stores only what comes before it counts, as if one had been stored after the other. */
const IS_EXCEEDED: Gathered<Counted, boolean> = async (tx, counted) => {
  const rows = await tx.sql<{ exceeded: boolean }>(
    `SELECT (SELECT count(*) FROM (
         SELECT 1 FROM signals s WHERE s.tenant = $1 AND s.source = counted.source AND s.type <> 'employment.rehired'
           AND s.received_at > counted.now - make_interval(secs => counted.window_seconds)
           AND s.received_at > coalesce((SELECT max(decided_at) FROM holds h WHERE h.tenant = $1 AND h.source = counted.source), '-infinity')
           AND (s.signal_id <= counted.signal_id OR s.xmin <> pg_current_xact_id()::xid)
         LIMIT counted.most + 1) recent) > counted.most AS exceeded
     FROM unnest($2::text[], $3::uuid[], $4::timestamptz[], $5::int[], $6::int[])
       WITH ORDINALITY AS counted (source, signal_id, now, window_seconds, most, nth) ORDER BY nth`,
    [
      tx.tenant,
      counted.map(({ source }) => source),
      counted.map(({ signalId }) => signalId),
      counted.map(({ receivedAt }) => receivedAt),
      counted.map(({ limit }) => limit.windowSeconds),
      counted.map(({ limit }) => limit.most),
    ],
  );
  return rows.map(({ exceeded }) => exceeded);
};

const IS_EXCEEDED_EXACTLY: Gathered<Counted, boolean> = (tx, counted) => {
  const sources = [...new Set(counted.map(({ source }) => source))].sort();
  // Of what shares the transaction nothing has to be kept apart: the count knows which came first.
  tx.send(sources.map((source) => lockStatement(exclusive('guard', tx.tenant, source))).join(';'));
  return IS_EXCEEDED(tx, counted);
};

const GUARD_OF: Gathered<string, Guard | undefined> = async (tx, sources) => {
  const rows = await tx.sql<GuardRow>(`SELECT ${GUARD} FROM guards WHERE tenant = $1 AND source = ANY($2)`, [
    tx.tenant,
    sources,
  ]);
  return sources.map((source) => rows.find((guard) => guard.source === source));
};

const OPEN_HOLD: Gathered<string, string | undefined> = async (tx, sources) => {
  const rows = await tx.sql<{ source: string; hold_id: string }>(
    `SELECT source, hold_id FROM holds WHERE tenant = $1 AND source = ANY($2) AND state = 'open' ORDER BY hold_id FOR SHARE`,
    [tx.tenant, sources],
  );
  return sources.map((source) => rows.find((hold) => hold.source === source)?.hold_id);
};

@Injectable()
export class GuardStore {
  constructor(private readonly sweeper: Sweeper) {}

  /**
   * The guard that is set for a source, and its open hold. The hold stays open until this transaction has ended: what
   * it puts there is there when somebody decides.
   */
  async of(tx: Tx, source: string): Promise<{ guard: Guard | undefined; holdId: string | undefined }> {
    const [guard, holdId] = await together([tx.gather(GUARD_OF, source), this.openHold(tx, source)]);
    return { guard, holdId };
  }

  openHold(tx: Tx, source: string): Promise<string | undefined> {
    return tx.gather(OPEN_HOLD, source);
  }

  /** Whether a source has lately told more than the limit allows; what is under way elsewhere is not seen. */
  isExceeded(tx: Tx, counted: Counted): Promise<boolean> {
    return tx.gather(IS_EXCEEDED, counted);
  }

  /** One transaction of a source after the other: what was under way elsewhere has ended, and is seen. */
  isExceededExactly(tx: Tx, counted: Counted): Promise<boolean> {
    return tx.gather(IS_EXCEEDED_EXACTLY, counted);
  }

  /** The most a source told in one window of the month before yesterday; what was held of it was not normal. */
  async normalOf(tx: Tx, source: string, now: Date): Promise<number> {
    const [row] = await tx.sql<{ normal: number }>(
      `SELECT coalesce(max(seen), 0)::int AS normal FROM (
         SELECT count(*) AS seen FROM signals
         WHERE tenant = $1 AND source = $2 AND type <> 'employment.rehired' AND hold_id IS NULL
           AND received_at BETWEEN $3::timestamptz - interval '31 days' AND $3::timestamptz - interval '1 day'
         GROUP BY floor(extract(epoch FROM received_at) / $4::int)) windows`,
      [tx.tenant, source, now, WINDOW_SECONDS],
    );
    return row!.normal;
  }

  /** Undefined: somebody else has just opened one. */
  async open(tx: Tx, holdId: string, source: string, { most, windowSeconds }: Limit, now: Date): Promise<boolean> {
    const rows = await tx.sql(
      `INSERT INTO holds (tenant, hold_id, source, most, window_seconds, state, opened_at)
       VALUES ($1, $2, $3, $4, $5, 'open', $6) ON CONFLICT (tenant, source) WHERE state = 'open' DO NOTHING RETURNING 1`,
      [tx.tenant, holdId, source, most, windowSeconds, now],
    );
    return rows.length > 0;
  }

  async put(tx: Tx, { source, most, windowSeconds, types }: Guard): Promise<void> {
    await tx.sql(
      `INSERT INTO guards (tenant, source, most, window_seconds, types) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tenant, source) DO UPDATE SET most = excluded.most, window_seconds = excluded.window_seconds, types = excluded.types`,
      [tx.tenant, source, most, windowSeconds, types],
    );
  }

  async remove(tx: Tx, source: string): Promise<boolean> {
    const rows = await tx.sql('DELETE FROM guards WHERE tenant = $1 AND source = $2 RETURNING 1', [tx.tenant, source]);
    return rows.length > 0;
  }

  /** By source. */
  async list(tx: Tx, after: string, limit: number): Promise<Guard[]> {
    return tx.sql<GuardRow>(`SELECT ${GUARD} FROM guards WHERE tenant = $1 AND source > $2 ORDER BY source LIMIT $3`, [
      tx.tenant,
      after,
      limit,
    ]);
  }

  async hold(tx: Tx, holdId: string): Promise<Hold | undefined> {
    if (!isUuid(holdId)) return undefined;
    const [row] = await tx.sql<HoldRow>(`SELECT ${HOLD} FROM holds WHERE tenant = $1 AND hold_id = $2`, [
      tx.tenant,
      holdId,
    ]);
    return row;
  }

  /** Newest first. */
  async holds(tx: Tx, state: string | undefined, before: string | undefined, limit: number): Promise<Hold[]> {
    return tx.sql<HoldRow>(
      `SELECT ${HOLD} FROM holds WHERE tenant = $1 AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR hold_id < $3::uuid)
       ORDER BY hold_id DESC LIMIT $4`,
      [tx.tenant, state ?? null, before ?? null, limit],
    );
  }

  /** False: somebody has decided before. Waits for those that are putting something there. */
  async decide(
    tx: Tx,
    holdId: string,
    state: 'approving' | 'declining',
    { by, at, reason }: { readonly by: string; readonly at: Date; readonly reason: string | null },
  ): Promise<boolean> {
    const rows = await tx.sql(
      `UPDATE holds SET state = $3, decided_by = $4, decided_at = $5, reason = $6
       WHERE tenant = $1 AND hold_id = $2 AND state = 'open' RETURNING 1`,
      [tx.tenant, holdId, state, by, at, reason],
    );
    return rows.length > 0;
  }

  /** What is decided and not done yet, over all tenants. */
  async atWork(limit: number): Promise<{ tenant: string; holdId: string }[]> {
    return this.sweeper.sql<{ tenant: string; holdId: string }>(
      `SELECT tenant, hold_id AS "holdId" FROM holds WHERE state IN ('approving', 'declining') ORDER BY decided_at LIMIT $1`,
      [limit],
    );
  }

  /** Where nothing of it is held any more. */
  async done(tx: Tx, holdId: string): Promise<void> {
    await tx.sql(
      `UPDATE holds SET state = CASE state WHEN 'approving' THEN 'approved' ELSE 'declined' END
       WHERE tenant = $1 AND hold_id = $2 AND state IN ('approving', 'declining')
         AND NOT EXISTS (SELECT 1 FROM signals WHERE tenant = $1 AND hold_id = $2 AND state = 'held')`,
      [tx.tenant, holdId],
    );
  }
}
