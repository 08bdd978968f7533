import type { SessionLimits, SignalType } from '@curfew/contracts';
import type { Gathered, Tx } from '@curfew/messaging';
import { isUuid, Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { contentHash, PROGRESS, type Progress, type Signal, type SubjectReference } from './signal.js';

interface Row {
  signal_id: string;
  source: string;
  event_id: string;
  content_hash: string;
  type: SignalType;
  subject: SubjectReference | null;
  device: { id: string } | null;
  limits: SessionLimits | null;
  occurred_at: Date;
  sequence: string | null;
  effective_at: Date;
  reason: string | null;
  actor: string;
  received_at: Date;
  state: Signal['state'];
  rescinded_at: Date | null;
  progress: Progress;
  revocation_id: string | null;
  outcome: Record<string, unknown> | null;
  mapping: string | null;
  payload_id: string | null;
  match: Match | null;
  hold_id: string | null;
}

/** Whom the registry found by what the source had called them. */
export interface Match {
  readonly kind: string;
  readonly id: string;
}

/** What it was read from, and by which mapping. */
export interface ReadFrom {
  readonly mapping: string;
  readonly payloadId: string;
}

export interface StoredSignal extends Signal {
  readonly contentHash: string;
  readonly rescindedAt: Date | null;
  readonly progress: Progress;
  readonly revocationId: string | null;
  readonly outcome: Record<string, unknown> | null;
  /** Null: it came as it is. */
  readonly mapping: string | null;
  readonly payloadId: string | null;
  readonly match: Match | null;
  /** Null: it was never held. */
  readonly holdId: string | null;
}

export interface Advance {
  readonly signalId: string;
  readonly progress: Progress;
  readonly revocationId?: string;
  readonly outcome?: Record<string, unknown>;
  readonly match?: Match;
}

export interface SignalFilter {
  readonly source?: string;
  readonly type?: string;
  readonly progress?: string;
  readonly hold?: string;
}

const signalOf = (row: Row): StoredSignal => ({
  signalId: row.signal_id,
  source: row.source,
  eventId: row.event_id,
  contentHash: row.content_hash,
  type: row.type,
  ...(row.subject ? { subject: row.subject } : {}),
  ...(row.device ? { device: row.device } : {}),
  ...(row.limits ? { limits: row.limits } : {}),
  occurredAt: row.occurred_at,
  ...(row.sequence === null ? {} : { sequence: Number(row.sequence) }),
  effectiveAt: row.effective_at,
  ...(row.reason === null ? {} : { reason: row.reason }),
  actor: row.actor,
  receivedAt: row.received_at,
  state: row.state,
  rescindedAt: row.rescinded_at,
  progress: row.progress,
  revocationId: row.revocation_id,
  outcome: row.outcome,
  mapping: row.mapping,
  payloadId: row.payload_id,
  match: row.match,
  holdId: row.hold_id,
});

/** In the order they came; those another instance is at are passed over. */
const HELD = `
  SELECT signal_id FROM signals WHERE tenant = $1 AND hold_id = $2 AND state = 'held' ORDER BY signal_id LIMIT $3 FOR UPDATE SKIP LOCKED`;

const INSERT: Gathered<{ signal: Signal; from: ReadFrom | undefined }, boolean> = async (tx, inserted) => {
  const column = <T>(pick: (signal: Signal) => T): T[] => inserted.map(({ signal }) => pick(signal));
  const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  const rows = await tx.sql<{ signal_id: string }>(
    `INSERT INTO signals (tenant, signal_id, source, event_id, content_hash, type, subject, device, occurred_at, sequence,
                          effective_at, reason, actor, received_at, state, mapping, payload_id, limits)
     SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::json[], $8::json[], $9::timestamptz[],
       $10::bigint[], $11::timestamptz[], $12::text[], $13::text[], $14::timestamptz[], $15::text[], $16::text[], $17::uuid[], $18::json[])
     ON CONFLICT (tenant, source, event_id) DO NOTHING RETURNING signal_id`,
    [
      tx.tenant,
      column(({ signalId }) => signalId),
      column(({ source }) => source),
      column(({ eventId }) => eventId),
      column(contentHash),
      column(({ type }) => type),
      column(({ subject }) => json(subject)),
      column(({ device }) => json(device)),
      column(({ occurredAt }) => occurredAt),
      column(({ sequence }) => sequence ?? null),
      column(({ effectiveAt }) => effectiveAt),
      column(({ reason }) => reason ?? null),
      column(({ actor }) => actor),
      column(({ receivedAt }) => receivedAt),
      column(({ state }) => state),
      inserted.map(({ from }) => from?.mapping ?? null),
      inserted.map(({ from }) => from?.payloadId ?? null),
      column(({ limits }) => json(limits)),
    ],
  );
  const stored = new Set(rows.map((row) => row.signal_id));
  return inserted.map(({ signal }) => stored.has(signal.signalId));
};

@Injectable()
export class SignalStore {
  constructor(private readonly sweeper: Sweeper) {}

  /** False: the source has used this event id before. Waits for a transaction that is just inserting it. */
  insert(tx: Tx, signal: Signal, from?: ReadFrom): Promise<boolean> {
    return tx.gather(INSERT, { signal, from });
  }

  /** Several signals may have been read from one. */
  async keepPayload(tx: Tx, payloadId: string, payload: unknown): Promise<void> {
    await tx.sql('INSERT INTO payloads (tenant, payload_id, payload) VALUES ($1, $2, $3)', [
      tx.tenant,
      payloadId,
      JSON.stringify(payload),
    ]);
  }

  /** Null: it came as it is. */
  async payloadOf(tx: Tx, { payloadId }: StoredSignal): Promise<unknown> {
    const [row] = await tx.sql<{ payload: unknown }>(
      'SELECT payload FROM payloads WHERE tenant = $1 AND payload_id = $2',
      [tx.tenant, payloadId],
    );
    return row?.payload ?? null;
  }

  /** Of one that came to nothing, as if it had just been said; undefined: it is on its way, or something came of it. */
  async again(tx: Tx, signalId: string): Promise<StoredSignal | undefined> {
    const [row] = await tx.sql<Row>(
      `UPDATE signals SET progress = 'waiting', outcome = NULL
       WHERE tenant = $1 AND signal_id = $2 AND state = 'received' AND progress IN ('declined', 'failed') RETURNING *`,
      [tx.tenant, signalId],
    );
    return row && signalOf(row);
  }

  /** Which of these a source has said before. */
  async known(tx: Tx, source: string, eventIds: readonly string[]): Promise<Set<string>> {
    const rows = await tx.sql<{ event_id: string }>(
      'SELECT event_id FROM signals WHERE tenant = $1 AND source = $2 AND event_id = ANY($3)',
      [tx.tenant, source, eventIds],
    );
    return new Set(rows.map((row) => row.event_id));
  }

  async byEventId(tx: Tx, source: string, eventId: string): Promise<StoredSignal | undefined> {
    const [row] = await tx.sql<Row>('SELECT * FROM signals WHERE tenant = $1 AND source = $2 AND event_id = $3', [
      tx.tenant,
      source,
      eventId,
    ]);
    return row && signalOf(row);
  }

  async get(tx: Tx, signalId: string): Promise<StoredSignal | undefined> {
    if (!isUuid(signalId)) return undefined;
    const [row] = await tx.sql<Row>('SELECT * FROM signals WHERE tenant = $1 AND signal_id = $2', [
      tx.tenant,
      signalId,
    ]);
    return row && signalOf(row);
  }

  /** Newest first. */
  async list(tx: Tx, filter: SignalFilter, before: string | undefined, limit: number): Promise<StoredSignal[]> {
    const rows = await tx.sql<Row>(
      `SELECT * FROM signals
       WHERE tenant = $1 AND ($2::text IS NULL OR source = $2) AND ($3::text IS NULL OR type = $3)
         AND ($4::text IS NULL OR progress = $4) AND ($5::text IS NULL OR signal_id < $5::uuid)
         AND ($7::text IS NULL OR hold_id::text = $7)
       ORDER BY signal_id DESC LIMIT $6`,
      [
        tx.tenant,
        filter.source ?? null,
        filter.type ?? null,
        filter.progress ?? null,
        before ?? null,
        limit,
        filter.hold ?? null,
      ],
    );
    return rows.map(signalOf);
  }

  /** Undefined when it was rescinded before, or there is none. */
  async rescind(tx: Tx, signalId: string): Promise<StoredSignal | undefined> {
    const [row] = await tx.sql<Row>(
      `UPDATE signals SET state = 'rescinded', rescinded_at = clock_timestamp()
       WHERE tenant = $1 AND signal_id = $2 AND state <> 'rescinded' RETURNING *`,
      [tx.tenant, signalId],
    );
    return row && signalOf(row);
  }

  /** Whose time has come, over all tenants. */
  async due(limit: number): Promise<{ tenant: string; signalId: string }[]> {
    const rows = await this.sweeper.sql<{ tenant: string; signal_id: string }>(
      `SELECT tenant, signal_id FROM signals WHERE state = 'scheduled' AND effective_at <= (SELECT curfew_now()) ORDER BY effective_at LIMIT $1`,
      [limit],
    );
    return rows.map((row) => ({ tenant: row.tenant, signalId: row.signal_id }));
  }

  /** Of two schedulers one changes the row, and the other finds it changed. */
  async fire(tx: Tx, signalId: string): Promise<StoredSignal | undefined> {
    const [row] = await tx.sql<Row>(
      `UPDATE signals SET state = 'received' WHERE tenant = $1 AND signal_id = $2 AND state = 'scheduled' RETURNING *`,
      [tx.tenant, signalId],
    );
    return row && signalOf(row);
  }

  async hold(tx: Tx, signalId: string, holdId: string): Promise<void> {
    await tx.sql(`UPDATE signals SET state = 'held', hold_id = $3 WHERE tenant = $1 AND signal_id = $2`, [
      tx.tenant,
      signalId,
      holdId,
    ]);
  }

  /** So many of those that are held there, on their way now; a scheduled one when its time comes. */
  async release(tx: Tx, holdId: string, limit: number): Promise<StoredSignal[]> {
    const rows = await tx.sql<Row>(
      `UPDATE signals SET state = CASE WHEN effective_at > curfew_now() THEN 'scheduled' ELSE 'received' END
       WHERE tenant = $1 AND signal_id IN (${HELD}) RETURNING *`,
      [tx.tenant, holdId, limit],
    );
    return rows.map(signalOf).sort((a, b) => (a.signalId < b.signalId ? -1 : 1));
  }

  /** So many of them, of which nothing comes. Answers how many. */
  async drop(tx: Tx, holdId: string, limit: number, outcome: Record<string, unknown>): Promise<number> {
    const rows = await tx.sql(
      `UPDATE signals SET state = 'dropped', progress = 'declined', outcome = $4
       WHERE tenant = $1 AND signal_id IN (${HELD}) RETURNING 1`,
      [tx.tenant, holdId, limit, JSON.stringify(outcome)],
    );
    return rows.length;
  }

  /** Moves forward only; of several for one signal the furthest counts. */
  async advance(tx: Tx, advances: readonly Advance[]): Promise<void> {
    await tx.sql(
      `UPDATE signals s SET
         progress = CASE WHEN array_position($5::text[], a.progress) > array_position($5::text[], s.progress) THEN a.progress ELSE s.progress END,
         revocation_id = coalesce(a.revocation_id, s.revocation_id),
         match = coalesce(a.match::json, s.match),
         outcome = CASE WHEN a.outcome IS NOT NULL AND array_position($5::text[], a.progress) >= array_position($5::text[], s.progress)
                        THEN a.outcome ELSE s.outcome END
       FROM (
         SELECT DISTINCT ON (signal_id) signal_id, progress, outcome,
                max(revocation_id) OVER (PARTITION BY signal_id) AS revocation_id, max(match) OVER (PARTITION BY signal_id) AS match
         FROM (SELECT unnest($2::text[])::uuid AS signal_id, unnest($3::text[]) AS progress,
                      unnest($4::text[]) AS revocation_id, unnest($6::text[])::json AS outcome, unnest($7::text[]) AS match) given
         ORDER BY signal_id, array_position($5::text[], progress) DESC) a
       WHERE s.tenant = $1 AND s.signal_id = ANY($2::text[]::uuid[]) AND s.signal_id = a.signal_id`,
      [
        tx.tenant,
        advances.map(({ signalId }) => signalId),
        advances.map(({ progress }) => progress),
        advances.map(({ revocationId }) => revocationId ?? null),
        PROGRESS,
        advances.map(({ outcome }) => (outcome ? JSON.stringify(outcome) : null)),
        advances.map(({ match }) => (match ? JSON.stringify(match) : null)),
      ],
    );
  }
}
