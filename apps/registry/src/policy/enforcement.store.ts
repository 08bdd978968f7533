import type { Batch, EnforcementCounts, PolicyLayer } from '@curfew/contracts';
import type { Cause, Tx } from '@curfew/messaging';
import type { LayerRef } from '@curfew/policy-rules';
import { Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { Order } from './judge.store.js';

export type Trigger = 'save' | 'expiry';

/** One policy on its way over the live sessions it concerns. */
export interface Enforcement {
  readonly enforcementId: string;
  readonly policy: LayerRef;
  readonly version: number;
  readonly trigger: Trigger;
  readonly order: Order;
  readonly cause: Cause;
  readonly epoch: bigint;
  readonly afterSubject: string;
  readonly counts: EnforcementCounts;
  readonly startedAt: Date;
  /** Of several policies that were saved together; null: it was saved alone. */
  readonly batchId: string | null;
}

interface Row {
  enforcement_id: string;
  layer: PolicyLayer;
  target_id: string;
  version: number;
  trigger: Trigger;
  fields: string[];
  mode: 'tighten' | 'set';
  actor: string;
  correlation_id: string;
  causation_id: string | null;
  epoch: string;
  after_subject: string;
  counts: EnforcementCounts;
  started_at: Date;
  batch_id: string | null;
}

const enforcementOf = (row: Row): Enforcement => ({
  enforcementId: row.enforcement_id,
  policy: { layer: row.layer, id: row.target_id },
  version: row.version,
  trigger: row.trigger,
  order: { fields: row.fields, mode: row.mode },
  cause: {
    actor: row.actor,
    correlationId: row.correlation_id,
    ...(row.causation_id === null ? {} : { causationId: row.causation_id }),
  },
  epoch: BigInt(row.epoch),
  afterSubject: row.after_subject,
  counts: row.counts,
  startedAt: row.started_at,
  batchId: row.batch_id,
});

@Injectable()
export class EnforcementStore {
  constructor(private readonly sweeper: Sweeper) {}

  async insert(tx: Tx, { enforcementId, policy, version, trigger, order, cause, ...rest }: Enforcement): Promise<void> {
    await tx.sql(
      `INSERT INTO enforcements (tenant, enforcement_id, layer, target_id, version, trigger, fields, mode, actor, correlation_id,
         causation_id, epoch, after_subject, counts, started_at, batch_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
      [
        tx.tenant,
        enforcementId,
        policy.layer,
        policy.id,
        version,
        trigger,
        order.fields,
        order.mode,
        cause.actor,
        cause.correlationId,
        cause.causationId ?? null,
        rest.epoch.toString(),
        rest.afterSubject,
        JSON.stringify(rest.counts),
        rest.startedAt,
        rest.batchId,
      ],
    );
  }

  /** One of them has come. True: it was the last. Events are taken in once, so each is counted once. */
  async arrive(tx: Tx, { batchId, size }: Batch): Promise<boolean> {
    const [row] = await tx.sql<{ complete: boolean }>(
      `INSERT INTO policy_batches AS b (tenant, batch_id, size, arrived) VALUES ($1, $2, $3, 1)
       ON CONFLICT (tenant, batch_id) DO UPDATE SET arrived = b.arrived + 1 RETURNING arrived >= size AS complete`,
      [tx.tenant, batchId, size],
    );
    return row!.complete;
  }

  /** The oldest of those that are under way, and of what was saved together those of which all have come. */
  async running(limit: number): Promise<{ tenant: string; enforcementId: string }[]> {
    const rows = await this.sweeper.sql<{ tenant: string; enforcement_id: string }>(
      `SELECT tenant, enforcement_id FROM enforcements e WHERE finished_at IS NULL AND (batch_id IS NULL OR EXISTS (
         SELECT FROM policy_batches b WHERE b.tenant = e.tenant AND b.batch_id = e.batch_id AND b.arrived >= b.size))
       ORDER BY epoch LIMIT $1`,
      [limit],
    );
    return rows.map((row) => ({ tenant: row.tenant, enforcementId: row.enforcement_id }));
  }

  /** Undefined: another instance is at it, or it is done. */
  async claim(tx: Tx, enforcementId: string): Promise<Enforcement | undefined> {
    const [row] = await tx.sql<Row & Record<string, unknown>>(
      'SELECT * FROM enforcements WHERE tenant = $1 AND enforcement_id = $2 AND finished_at IS NULL FOR UPDATE SKIP LOCKED',
      [tx.tenant, enforcementId],
    );
    return row && enforcementOf(row);
  }

  /** `finishedAt` null: there is more to do. */
  async advance(tx: Tx, { enforcementId, afterSubject, counts }: Enforcement, finishedAt: Date | null): Promise<void> {
    await tx.sql(
      `UPDATE enforcements SET after_subject = $3, counts = $4, finished_at = $5 WHERE tenant = $1 AND enforcement_id = $2`,
      [tx.tenant, enforcementId, afterSubject, JSON.stringify(counts), finishedAt],
    );
  }
}
