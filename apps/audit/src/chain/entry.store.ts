import { jsonTexts, ofJsonTexts, type Tx } from '@curfew/messaging';
import { Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { GENESIS, type Entry } from './entry.js';

interface Row {
  seq: string;
  event_id: string;
  type: string;
  source: string;
  subject: string;
  occurred_at: string;
  actor: string;
  correlation_id: string;
  causation_id: string | null;
  data: string;
  hash: string;
}

export interface EntryFilter {
  readonly type?: string;
  readonly actor?: string;
  readonly subject?: string;
  readonly correlationId?: string;
  readonly from?: Date;
  readonly to?: Date;
}

export interface SignedHead {
  readonly seq: number;
  readonly hash: string;
  readonly signedAt: Date;
  readonly kid: string;
  readonly jws: string;
}

/** `data::text` is what was stored, to the letter. */
const COLUMNS =
  'seq, event_id, type, source, subject, occurred_at, actor, correlation_id, causation_id, data::text AS data, hash';

const entryOf = (row: Row): Entry => ({
  seq: Number(row.seq),
  eventId: row.event_id,
  type: row.type,
  source: row.source,
  subject: row.subject,
  occurredAt: row.occurred_at,
  actor: row.actor,
  correlationId: row.correlation_id,
  causationId: row.causation_id,
  data: row.data,
  hash: row.hash,
});

@Injectable()
export class EntryStore {
  constructor(private readonly sweeper: Sweeper) {}

  async head(tx: Tx): Promise<{ seq: number; hash: string }> {
    const [row] = await tx.sql<{ seq: string; hash: string }>('SELECT seq, hash FROM chains WHERE tenant = $1', [
      tx.tenant,
    ]);
    return row ? { seq: Number(row.seq), hash: row.hash } : { seq: 0, hash: GENESIS };
  }

  append(tx: Tx, entries: readonly Entry[]): void {
    const column = <T>(pick: (entry: Entry) => T): T[] => entries.map(pick);
    tx.write(
      `INSERT INTO entries (tenant, seq, event_id, type, source, subject, occurred_at, actor, correlation_id, causation_id, data, hash)
       SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
         ${ofJsonTexts('$11')}::json[], $12::text[])`,
      [
        tx.tenant,
        column(({ seq }) => seq),
        column(({ eventId }) => eventId),
        column(({ type }) => type),
        column(({ source }) => source),
        column(({ subject }) => subject),
        column(({ occurredAt }) => occurredAt),
        column(({ actor }) => actor),
        column(({ correlationId }) => correlationId),
        column(({ causationId }) => causationId),
        jsonTexts(column(({ data }) => data)),
        column(({ hash }) => hash),
      ],
    );
    const last = entries[entries.length - 1]!;
    tx.write(
      'INSERT INTO chains (tenant, seq, hash) VALUES ($1, $2, $3) ON CONFLICT (tenant) DO UPDATE SET seq = excluded.seq, hash = excluded.hash',
      [tx.tenant, last.seq, last.hash],
    );
  }

  /** In the order of the chain. */
  async walk(tx: Tx, afterSeq: number, limit: number): Promise<Entry[]> {
    const rows = await tx.sql<Row>(
      `SELECT ${COLUMNS} FROM entries WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
      [tx.tenant, afterSeq, limit],
    );
    return rows.map(entryOf);
  }

  /** By when it occurred, as it was hashed: always written the same way, so it is compared as text. */
  async search(
    tx: Tx,
    filter: EntryFilter,
    from: { seq: number; order: 'newest first' | 'oldest first' } | undefined,
    limit: number,
  ): Promise<Entry[]> {
    const oldestFirst = from?.order === 'oldest first';
    const rows = await tx.sql<Row>(
      `SELECT ${COLUMNS} FROM entries
       WHERE tenant = $1 AND ($2::text IS NULL OR type = $2) AND ($3::text IS NULL OR actor = $3) AND ($4::text IS NULL OR subject = $4)
         AND ($5::text IS NULL OR correlation_id = $5) AND ($6::text IS NULL OR occurred_at >= $6)
         AND ($7::text IS NULL OR occurred_at < $7)
         AND ($8::bigint IS NULL OR seq ${oldestFirst ? '>' : '<'} $8)
       ORDER BY seq ${oldestFirst ? 'ASC' : 'DESC'} LIMIT $9`,
      [
        tx.tenant,
        filter.type ?? null,
        filter.actor ?? null,
        filter.subject ?? null,
        filter.correlationId ?? null,
        filter.from?.toISOString() ?? null,
        filter.to?.toISOString() ?? null,
        from?.seq ?? null,
        limit,
      ],
    );
    return rows.map(entryOf);
  }

  // ── signed heads ──────────────────────────────────────────────────────────────────────────────────────────────

  /** Over all tenants: chains that have grown since their head was signed. */
  async unsigned(): Promise<string[]> {
    const rows = await this.sweeper.sql<{ tenant: string }>('SELECT tenant FROM chains WHERE seq > signed_seq');
    return rows.map((row) => row.tenant);
  }

  async keepHead(tx: Tx, head: SignedHead): Promise<void> {
    await tx.sql(
      'INSERT INTO heads (tenant, seq, hash, signed_at, kid, jws) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING',
      [tx.tenant, head.seq, head.hash, head.signedAt, head.kid, head.jws],
    );
    await tx.sql('UPDATE chains SET signed_seq = $2 WHERE tenant = $1', [tx.tenant, head.seq]);
  }

  async heads(tx: Tx): Promise<SignedHead[]> {
    const rows = await tx.sql<{ seq: string; hash: string; signed_at: Date; kid: string; jws: string }>(
      'SELECT seq, hash, signed_at, kid, jws FROM heads WHERE tenant = $1 ORDER BY seq',
      [tx.tenant],
    );
    return rows.map((row) => ({
      seq: Number(row.seq),
      hash: row.hash,
      signedAt: row.signed_at,
      kid: row.kid,
      jws: row.jws,
    }));
  }
}
