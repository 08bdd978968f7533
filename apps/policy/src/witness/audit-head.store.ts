import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';

export interface KeptHead {
  readonly seq: number;
  readonly hash: string;
  readonly signedAt: string;
}

/** How many heads a verification is given, spread over the chain's whole length. */
const MOST = 1_000;

@Injectable()
export class AuditHeadStore {
  /** The first head said of a sequence number stays: a later one that differs is the very thing to find. */
  async keep(tx: Tx, heads: readonly (KeptHead & { jws: string })[]): Promise<void> {
    await tx.sql(
      `INSERT INTO audit_heads (tenant, seq, hash, signed_at, jws)
       SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::timestamptz[], $5::text[]) ON CONFLICT DO NOTHING`,
      [
        tx.tenant,
        heads.map(({ seq }) => seq),
        heads.map(({ hash }) => hash),
        heads.map(({ signedAt }) => signedAt),
        heads.map(({ jws }) => jws),
      ],
    );
  }

  async kept(tx: Tx): Promise<KeptHead[]> {
    const rows = await tx.sql<{ seq: string; hash: string; signed_at: Date }>(
      `WITH numbered AS (
         SELECT seq, hash, signed_at, row_number() OVER (ORDER BY seq DESC) AS n, count(*) OVER () AS total
         FROM audit_heads WHERE tenant = $1)
       SELECT seq, hash, signed_at FROM numbered WHERE n = 1 OR n % greatest(1, total / $2) = 0 ORDER BY seq`,
      [tx.tenant, MOST],
    );
    return rows.map((row) => ({ seq: Number(row.seq), hash: row.hash, signedAt: row.signed_at.toISOString() }));
  }
}
