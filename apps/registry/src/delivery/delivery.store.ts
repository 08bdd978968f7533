import type { DeliveryFacts } from '@curfew/contracts';
import { groupBy, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';

export type DeliveryState = 'planned' | 'accepted' | 'confirmed' | 'rejected' | 'abandoned';

/** What a type of event says of every delivery it is about. `undefined` leaves what was known. */
export interface DeliveryNews {
  readonly state?: DeliveryState;
  readonly disputed?: boolean;
}

export interface FollowedDelivery {
  readonly facts: DeliveryFacts;
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
  /** Of one delivery several may be told; they go in their order, since a statement changes a row once. */
  follow(tx: Tx, { state, disputed }: DeliveryNews, followed: readonly FollowedDelivery[]): void {
    for (const round of roundsOf(followed, ({ facts }) => facts.deliveryId)) {
      const column = <T>(pick: (facts: DeliveryFacts) => T): T[] => round.map(({ facts }) => pick(facts));
      tx.write(
        `INSERT INTO deliveries AS d (tenant, state, disputed, delivery_id, session_id, client_id, revocation_id, planned_at, deadline_at,
           breached_at, attempts, detail)
         SELECT $1, coalesce($2, 'planned'), coalesce($3, false), given.*
         FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::uuid[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::jsonb[],
           $12::text[]) AS given (delivery_id, session_id, client_id, revocation_id, planned_at, deadline_at, breached_at, attempts, detail)
         ORDER BY given.delivery_id
         ON CONFLICT (tenant, delivery_id) DO UPDATE SET
           state = coalesce($2, d.state),
           breached_at = coalesce(d.breached_at, excluded.breached_at),
           disputed = d.disputed OR excluded.disputed,
           attempts = CASE WHEN d.attempts @> excluded.attempts THEN d.attempts ELSE d.attempts || excluded.attempts END,
           detail = coalesce(excluded.detail, d.detail)`,
        [
          tx.tenant,
          state ?? null,
          disputed ?? null,
          column(({ deliveryId }) => deliveryId),
          column(({ sessionId }) => sessionId),
          column(({ clientId }) => clientId),
          column(({ revocationId }) => revocationId),
          column(({ plannedAt }) => plannedAt),
          column(({ deadlineAt }) => deadlineAt),
          column(({ breachedAt }) => breachedAt),
          column(({ attempt }) => JSON.stringify(attempt === null ? [] : [attempt])),
          round.map(({ detail }) => detail ?? null),
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

/** The first of each key, then the second of each, and so on. */
function roundsOf<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const rounds: T[][] = [];
  for (const group of groupBy(items, keyOf).values()) group.forEach((item, nth) => (rounds[nth] ??= []).push(item));
  return rounds;
}
