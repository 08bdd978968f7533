import type { Tx } from '@curfew/messaging';
import { isUuid, Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { Attempt, Delivery, DeliveryState, LeasedDelivery, Transition } from './delivery.js';
import { leaseMs } from './retry-schedule.js';

interface Row {
  tenant: string;
  delivery_id: string;
  session_id: string;
  sid: string;
  client_id: string;
  subject_id: string;
  revocation_id: string | null;
  cause: string;
  actor: string;
  correlation_id: string;
  causation_id: string;
  bulk: boolean;
  origin_at: Date;
  planned_at: Date;
  requeued_at: Date | null;
  deadline_at: Date;
  state: DeliveryState;
  due_at: Date;
  lease_token: string | null;
  attempts: number;
  attempt_started_at: Date | null;
  rejections: number;
  first_rejected_at: Date | null;
  repeat_at: Date | null;
  breached_at: Date | null;
  disputed_at: Date | null;
  settled_at: Date | null;
}

const deliveryOf = (row: Row): Delivery => ({
  tenant: row.tenant,
  deliveryId: row.delivery_id,
  sessionId: row.session_id,
  sid: row.sid,
  clientId: row.client_id,
  subjectId: row.subject_id,
  revocationId: row.revocation_id,
  cause: row.cause,
  actor: row.actor,
  correlationId: row.correlation_id,
  causationId: row.causation_id,
  bulk: row.bulk,
  originAt: row.origin_at,
  plannedAt: row.planned_at,
  requeuedAt: row.requeued_at,
  deadlineAt: row.deadline_at,
  state: row.state,
  dueAt: row.due_at,
  attempts: row.attempts,
  rejections: row.rejections,
  firstRejectedAt: row.first_rejected_at,
  repeatAt: row.repeat_at,
  breachedAt: row.breached_at,
});

const leasedOf = (row: Row): LeasedDelivery => ({
  ...deliveryOf(row),
  leaseToken: row.lease_token!,
  leasedUntil: row.due_at,
  attemptStartedAt: row.attempt_started_at!,
});

export interface Outcome {
  readonly delivery: LeasedDelivery;
  readonly attempt: Attempt;
  readonly transition: Transition;
  /** When a second token follows the first that was accepted. */
  readonly repeatAt: Date | null;
}

export interface DeliveryFilter {
  readonly revocation?: string;
  readonly clientId?: string;
  readonly state?: string;
}

export interface DeliveryRecord extends Delivery {
  readonly disputedAt: Date | null;
  readonly settledAt: Date | null;
}

export interface AttemptRecord {
  readonly number: number;
  readonly jti: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  /** HTTP status, null when no answer came. */
  readonly status: number | null;
  readonly outcome: string;
  readonly detail: string | null;
  readonly receipt: string | null;
}

@Injectable()
export class DeliveryStore {
  constructor(private readonly sweeper: Sweeper) {}

  /** Of one session there is one delivery; repeating it changes nothing. Answers those that are new. */
  async insert(tx: Tx, deliveries: readonly (Delivery & Partial<LeasedDelivery>)[]): Promise<Set<string>> {
    const column = <T>(pick: (delivery: Delivery & Partial<LeasedDelivery>) => T): T[] => deliveries.map(pick);
    const rows = await tx.sql<{ delivery_id: string }>(
      `INSERT INTO deliveries (tenant, delivery_id, session_id, sid, client_id, subject_id, revocation_id, cause, actor, correlation_id,
         causation_id, bulk, origin_at, planned_at, deadline_at, state, due_at, lease_token, attempts, attempt_started_at, settled_at)
       SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[], $9::text[], $10::text[],
         $11::text[], $12::boolean[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[], $16::text[], $17::timestamptz[],
         $18::uuid[], $19::int[], $20::timestamptz[], $21::timestamptz[])
       ON CONFLICT (tenant, session_id) DO NOTHING RETURNING delivery_id`,
      [
        tx.tenant,
        column(({ deliveryId }) => deliveryId),
        column(({ sessionId }) => sessionId),
        column(({ sid }) => sid),
        column(({ clientId }) => clientId),
        column(({ subjectId }) => subjectId),
        column(({ revocationId }) => revocationId),
        column(({ cause }) => cause),
        column(({ actor }) => actor),
        column(({ correlationId }) => correlationId),
        column(({ causationId }) => causationId),
        column(({ bulk }) => bulk),
        column(({ originAt }) => originAt),
        column(({ plannedAt }) => plannedAt),
        column(({ deadlineAt }) => deadlineAt),
        column(({ state }) => state),
        column(({ dueAt }) => dueAt),
        column(({ leaseToken }) => leaseToken ?? null),
        column(({ attempts }) => attempts),
        column(({ attemptStartedAt }) => attemptStartedAt ?? null),
        column(({ state, plannedAt }) => (state === 'planned' ? null : plannedAt)),
      ],
    );
    return new Set(rows.map((row) => row.delivery_id));
  }

  /**
   * Leases what is due, over all tenants, what is not bulk first, oldest first, leaving out applications that can take nothing now. Of two
   * workers each gets its own rows.
   */
  async claim(blocked: readonly { tenant: string; clientId: string }[], limit: number): Promise<LeasedDelivery[]> {
    return this.lease(
      `(tenant, client_id) NOT IN (SELECT * FROM unnest($2::text[], $3::text[]))`,
      [blocked.map(({ tenant }) => tenant), blocked.map(({ clientId }) => clientId)],
      limit,
    );
  }

  /** The one delivery an application that does not answer is probed with. */
  async claimProbe(tenant: string, clientId: string): Promise<LeasedDelivery[]> {
    return this.lease('tenant = $2 AND client_id = $3', [tenant, clientId], 1);
  }

  private async lease(which: string, values: readonly unknown[], limit: number): Promise<LeasedDelivery[]> {
    const now = new Date();
    const overdue = leaseMs(now, new Date(0)) / 1000;
    const within = leaseMs(now, new Date(now.getTime() + 1)) / 1000;
    const rows = await this.sweeper.sql<Row>(
      `WITH due AS MATERIALIZED (
         SELECT tenant, delivery_id FROM deliveries
         WHERE state = 'planned' AND due_at <= (SELECT clock_timestamp()) AND ${which}
         ORDER BY bulk, due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
       UPDATE deliveries d SET lease_token = gen_random_uuid(), attempts = d.attempts + 1, attempt_started_at = clock_timestamp(),
         due_at = clock_timestamp() + make_interval(secs => CASE WHEN d.deadline_at > clock_timestamp() THEN ${within} ELSE ${overdue} END)
       FROM due WHERE d.tenant = due.tenant AND d.delivery_id = due.delivery_id RETURNING d.*`,
      [limit, ...values],
    );
    return rows.map(leasedOf);
  }

  /** How long until something is due, at most `atMostMs`. */
  async nextDueInMs(atMostMs: number): Promise<number> {
    const [row] = await this.sweeper.sql<{ ms: number | null }>(
      `SELECT extract(epoch FROM least(
           (SELECT min(due_at) FROM deliveries WHERE state = 'planned' AND NOT bulk),
           (SELECT min(due_at) FROM deliveries WHERE state = 'planned' AND bulk)) - clock_timestamp()) * 1000 AS ms`,
    );
    return row?.ms == null ? atMostMs : Math.min(atMostMs, Math.max(0, Number(row.ms)));
  }

  /** Gives back what could not be sent, without its try. */
  async release(deliveries: readonly LeasedDelivery[]): Promise<void> {
    await this.sweeper.sql(
      `UPDATE deliveries d SET due_at = clock_timestamp(), attempts = attempts - 1, lease_token = NULL
       FROM unnest($1::text[], $2::uuid[], $3::uuid[]) AS held (tenant, delivery_id, token)
       WHERE d.tenant = held.tenant AND d.delivery_id = held.delivery_id AND d.lease_token = held.token`,
      [
        deliveries.map(({ tenant }) => tenant),
        deliveries.map(({ deliveryId }) => deliveryId),
        deliveries.map(({ leaseToken }) => leaseToken),
      ],
    );
  }

  /** Written only by the holder of the lease; answers which were. */
  async record(tx: Tx, outcomes: readonly Outcome[]): Promise<Set<string>> {
    const now = new Date();
    const rows = await tx.sql<{ delivery_id: string }>(
      `UPDATE deliveries d SET state = o.state, due_at = coalesce(o.due_at, d.due_at), lease_token = NULL, rejections = o.rejections,
         first_rejected_at = o.first_rejected_at, repeat_at = o.repeat_at,
         disputed_at = CASE WHEN o.disputed THEN coalesce(d.disputed_at, $9) ELSE d.disputed_at END,
         settled_at = CASE WHEN o.state = 'planned' THEN d.settled_at ELSE coalesce(d.settled_at, $9) END
       FROM (SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::int[], $7::timestamptz[], $8::boolean[], $10::timestamptz[])
               AS o (delivery_id, token, state, due_at, rejections, first_rejected_at, disputed, repeat_at) ORDER BY delivery_id) o
       WHERE d.tenant = $1 AND d.delivery_id = ANY($2::uuid[]) AND d.delivery_id = o.delivery_id AND d.lease_token = o.token
       RETURNING d.delivery_id`,
      [
        tx.tenant,
        outcomes.map(({ delivery }) => delivery.deliveryId),
        outcomes.map(({ delivery }) => delivery.leaseToken),
        outcomes.map(({ transition }) => transition.state),
        outcomes.map(({ transition }) => transition.dueAt),
        outcomes.map(({ transition }) => transition.rejections),
        outcomes.map(({ transition }) => transition.firstRejectedAt),
        outcomes.map(({ transition }) => transition.disputed),
        now,
        outcomes.map(({ repeatAt }) => repeatAt),
      ],
    );
    return new Set(rows.map((row) => row.delivery_id));
  }

  recordAttempts(tx: Tx, outcomes: readonly Outcome[]): void {
    tx.write(
      `INSERT INTO attempts (tenant, delivery_id, number, jti, started_at, finished_at, status, outcome, detail, receipt)
       SELECT $1, * FROM unnest($2::uuid[], $3::int[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::int[], $8::text[], $9::text[], $10::text[])
       ON CONFLICT DO NOTHING`,
      [
        tx.tenant,
        outcomes.map(({ delivery }) => delivery.deliveryId),
        outcomes.map(({ attempt }) => attempt.number),
        outcomes.map(({ attempt }) => attempt.jti),
        outcomes.map(({ attempt }) => attempt.startedAt),
        outcomes.map(({ attempt }) => attempt.finishedAt),
        outcomes.map(({ attempt: { outcome } }) => ('status' in outcome ? outcome.status : null)),
        outcomes.map(({ attempt: { outcome } }) => outcome.kind),
        outcomes.map(({ attempt: { outcome } }) => outcome.detail),
        outcomes.map(({ attempt: { outcome } }) => (outcome.kind === 'accepted' ? outcome.receiptJws : null)),
      ],
    );
  }

  /** An application answers again: what waits for it is due now. */
  releaseWaiting(tx: Tx, clientIds: readonly string[]): void {
    tx.write(
      `UPDATE deliveries SET due_at = clock_timestamp()
       WHERE tenant = $1 AND client_id = ANY($2) AND state = 'planned' AND lease_token IS NULL AND due_at > (SELECT clock_timestamp())`,
      [tx.tenant, clientIds],
    );
  }

  recordHealth(tx: Tx, health: readonly { clientId: string; success: boolean; detail: string | null }[]): void {
    tx.write(
      `INSERT INTO endpoint_health AS h (tenant, client_id, last_success_at, last_failure_at, last_failure, consecutive_failures)
       SELECT $1, client_id, CASE WHEN success THEN clock_timestamp() END, CASE WHEN NOT success THEN clock_timestamp() END, detail,
         CASE WHEN success THEN 0 ELSE 1 END
       FROM unnest($2::text[], $3::boolean[], $4::text[]) AS given (client_id, success, detail) ORDER BY client_id
       ON CONFLICT (tenant, client_id) DO UPDATE SET last_success_at = coalesce(excluded.last_success_at, h.last_success_at),
         last_failure_at = coalesce(excluded.last_failure_at, h.last_failure_at), last_failure = coalesce(excluded.last_failure, h.last_failure),
         consecutive_failures = CASE WHEN excluded.last_success_at IS NULL THEN h.consecutive_failures + 1 ELSE 0 END`,
      [
        tx.tenant,
        health.map(({ clientId }) => clientId),
        health.map(({ success }) => success),
        health.map(({ detail }) => detail),
      ],
    );
  }

  // ── deadlines and repeats ─────────────────────────────────────────────────────────────────────────────────────

  /** Over all tenants: past their deadline and never told. One that is only sent again was told, or given up, in its time. */
  async overdue(limit: number): Promise<{ tenant: string; deliveryId: string }[]> {
    const rows = await this.sweeper.sql<{ tenant: string; delivery_id: string }>(
      `SELECT tenant, delivery_id FROM deliveries WHERE state = 'planned' AND breached_at IS NULL AND settled_at IS NULL AND deadline_at <= (SELECT clock_timestamp())
       ORDER BY deadline_at LIMIT $1`,
      [limit],
    );
    return rows.map((row) => ({ tenant: row.tenant, deliveryId: row.delivery_id }));
  }

  async breach(tx: Tx, deliveryIds: readonly string[]): Promise<Delivery[]> {
    const rows = await tx.sql<Row>(
      `UPDATE deliveries d SET breached_at = clock_timestamp(), settled_at = coalesce(settled_at, clock_timestamp())
       FROM (SELECT delivery_id FROM deliveries WHERE tenant = $1 AND delivery_id = ANY($2::uuid[]) ORDER BY delivery_id FOR UPDATE) late
       WHERE d.tenant = $1 AND d.delivery_id = late.delivery_id AND d.state = 'planned' AND d.breached_at IS NULL AND d.settled_at IS NULL RETURNING d.*`,
      [tx.tenant, deliveryIds],
    );
    return rows.map(deliveryOf);
  }

  /** Accepted ones that a second token follows. They are planned again; what is settled stays settled. */
  async repeat(limit: number): Promise<number> {
    const rows = await this.sweeper.sql(
      `UPDATE deliveries d SET state = 'planned', due_at = clock_timestamp(), repeat_at = NULL
       FROM (SELECT tenant, delivery_id FROM deliveries WHERE repeat_at <= (SELECT clock_timestamp()) ORDER BY repeat_at LIMIT $1 FOR UPDATE SKIP LOCKED) due
       WHERE d.tenant = due.tenant AND d.delivery_id = due.delivery_id RETURNING d.delivery_id`,
      [limit],
    );
    return rows.length;
  }

  // ── for people ────────────────────────────────────────────────────────────────────────────────────────────────

  async list(tx: Tx, filter: DeliveryFilter, after: string | undefined, limit: number): Promise<DeliveryRecord[]> {
    if (filter.revocation !== undefined && !isUuid(filter.revocation)) return [];
    const rows = await tx.sql<Row>(
      `SELECT * FROM deliveries WHERE tenant = $1 AND ($2::uuid IS NULL OR revocation_id = $2) AND ($3::text IS NULL OR client_id = $3)
         AND ($4::text IS NULL OR state = $4 OR ($4 = 'breached' AND breached_at IS NOT NULL) OR ($4 = 'disputed' AND disputed_at IS NOT NULL))
         AND ($5::uuid IS NULL OR delivery_id < $5)
       ORDER BY delivery_id DESC LIMIT $6`,
      [tx.tenant, filter.revocation ?? null, filter.clientId ?? null, filter.state ?? null, after ?? null, limit],
    );
    return rows.map((row) => ({ ...deliveryOf(row), disputedAt: row.disputed_at, settledAt: row.settled_at }));
  }

  async attemptsOf(tx: Tx, deliveryId: string): Promise<AttemptRecord[]> {
    return tx.sql(
      `SELECT number, jti, started_at AS "startedAt", finished_at AS "finishedAt", status, outcome, detail, receipt
       FROM attempts WHERE tenant = $1 AND delivery_id = $2 ORDER BY number`,
      [tx.tenant, deliveryId],
    );
  }

  async get(tx: Tx, deliveryId: string): Promise<DeliveryRecord | undefined> {
    if (!isUuid(deliveryId)) return undefined;
    const [row] = await tx.sql<Row>('SELECT * FROM deliveries WHERE tenant = $1 AND delivery_id = $2', [
      tx.tenant,
      deliveryId,
    ]);
    return row && { ...deliveryOf(row), disputedAt: row.disputed_at, settledAt: row.settled_at };
  }

  /** Sends again: by ids, or all an application was told of in a range of time, in the order of their ids. */
  async requeue(
    tx: Tx,
    which: { ids: readonly string[] } | { clientId: string; from: Date; to: Date; after?: string },
    limit: number,
  ): Promise<Delivery[]> {
    const condition =
      'ids' in which
        ? 'delivery_id = ANY($2::uuid[])'
        : 'client_id = $2 AND planned_at >= $4 AND planned_at < $5 AND ($6::uuid IS NULL OR delivery_id > $6)';
    const values = 'ids' in which ? [which.ids] : [which.clientId];
    const range = 'ids' in which ? [] : [which.from, which.to, which.after ?? null];
    const rows = await tx.sql<Row>(
      `UPDATE deliveries d SET state = 'planned', due_at = clock_timestamp(), requeued_at = clock_timestamp(), lease_token = NULL, rejections = 0,
         first_rejected_at = NULL
       FROM (SELECT delivery_id FROM deliveries WHERE tenant = $1 AND ${condition} ORDER BY delivery_id LIMIT $3 FOR UPDATE) again
       WHERE d.tenant = $1 AND d.delivery_id = again.delivery_id RETURNING d.*`,
      [tx.tenant, ...values, limit, ...range],
    );
    return rows.map(deliveryOf);
  }
}
