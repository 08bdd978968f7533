import type { DeliveryFacts } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';

export type DeliveryState = 'planned' | 'accepted' | 'confirmed' | 'rejected' | 'abandoned';

/** What one event says of a delivery. `undefined` leaves what was known. */
export interface DeliveryNews {
  readonly facts: DeliveryFacts;
  readonly state?: DeliveryState;
  readonly disputed?: boolean;
  readonly detail?: string;
}

export interface DeliveryView {
  readonly deliveryId: string;
  readonly state: DeliveryState;
  readonly plannedAt: Date;
  readonly deadlineAt: Date;
  readonly breachedAt: Date | null;
  readonly disputed: boolean;
  readonly attempts: readonly unknown[];
  readonly detail: string | null;
}

/** Fanout's deliveries as the registry follows them, for the chain from signal to answer. */
@Injectable()
export class DeliveryStore {
  async follow(tx: Tx, news: readonly DeliveryNews[]): Promise<void> {
    for (const { facts, state, disputed, detail } of news) {
      await tx.sql(
        `INSERT INTO deliveries AS d (tenant, delivery_id, session_id, client_id, revocation_id, state, planned_at, deadline_at, breached_at, disputed, attempts, detail)
         VALUES ($1, $2, $3, $4, $5, coalesce($6, 'planned'), $7, $8, $9, coalesce($10, false), $11, $12)
         ON CONFLICT (tenant, delivery_id) DO UPDATE SET
           state = coalesce($6, d.state),
           breached_at = coalesce(d.breached_at, excluded.breached_at),
           disputed = d.disputed OR excluded.disputed,
           attempts = CASE WHEN d.attempts @> excluded.attempts THEN d.attempts ELSE d.attempts || excluded.attempts END,
           detail = coalesce(excluded.detail, d.detail)`,
        [
          tx.tenant,
          facts.deliveryId,
          facts.sessionId,
          facts.clientId,
          facts.revocationId,
          state ?? null,
          facts.plannedAt,
          facts.deadlineAt,
          facts.breachedAt,
          disputed ?? null,
          JSON.stringify(facts.attempt === null ? [] : [facts.attempt]),
          detail ?? null,
        ],
      );
    }
  }

  async ofSessions(tx: Tx, sessionIds: readonly string[]): Promise<Map<string, DeliveryView>> {
    const rows = await tx.sql<{
      session_id: string;
      delivery_id: string;
      state: DeliveryState;
      planned_at: Date;
      deadline_at: Date;
      breached_at: Date | null;
      disputed: boolean;
      attempts: unknown[];
      detail: string | null;
    }>('SELECT * FROM deliveries WHERE tenant = $1 AND session_id = ANY($2::uuid[])', [tx.tenant, sessionIds]);
    return new Map(
      rows.map((row) => [
        row.session_id,
        {
          deliveryId: row.delivery_id,
          state: row.state,
          plannedAt: row.planned_at,
          deadlineAt: row.deadline_at,
          breachedAt: row.breached_at,
          disputed: row.disputed,
          attempts: row.attempts,
          detail: row.detail,
        },
      ]),
    );
  }
}
