import {
  DeliveryAbandonedV1,
  DeliveryAcceptedV1,
  DeliveryAttemptedV1,
  DeliveryConfirmedV1,
  DeliveryDisputedV1,
  DeliveryRejectedV1,
} from '@curfew/contracts';
import { crashPoint, groupBy, UnitOfWork, type Tx } from '@curfew/messaging';
import { InjectLogger, Metrics, type Logger } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { CompleteRevocations } from '../revocation/complete-revocations.js';
import { ProgressStore } from '../revocation/progress.store.js';
import { factsOf } from './delivery-facts.js';
import { afterAttempt, reached, type Attempt, type LeasedDelivery } from './delivery.js';
import { DeliveryStore, type Outcome } from './delivery.store.js';

/** Outcomes of one kill come within milliseconds of each other: a few of those make one transaction of many. */
const LINGER_MS = 4;
const MOST = 500;
const RETRY_MS = 200;

interface Waiting extends Outcome {
  readonly healed: boolean;
}

/** Writes what came of the tries, many in one transaction, and tells of it. */
@Injectable()
export class RecordOutcomes {
  private waiting: Waiting[] = [];
  private running: Promise<void> | undefined;
  private readonly latency;

  constructor(
    private readonly store: DeliveryStore,
    private readonly progress: ProgressStore,
    private readonly completeRevocations: CompleteRevocations,
    private readonly unitOfWork: UnitOfWork,
    @InjectLogger() private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.latency = metrics.histogram(
      'curfew_delivery_seconds',
      'From the signal or request to an application having answered',
      ['tenant', 'application'],
    );
  }

  /** `healed`: the application answers again after it did not. */
  add(delivery: LeasedDelivery, attempt: Attempt, healed: boolean): void {
    const transition = afterAttempt(delivery, attempt, Math.random());
    const told = transition.state === 'accepted' || transition.state === 'confirmed';
    this.waiting.push({
      delivery,
      attempt,
      transition,
      healed,
      repeatAt: told && delivery.attempts === 1 ? delivery.repeatAt : null,
    });
    this.running ??= this.run().finally(() => (this.running = undefined));
  }

  /** Resolves when nothing waits any more. */
  async finish(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MOST);
      for (const [tenant, outcomes] of groupBy(batch, ({ delivery }) => delivery.tenant))
        await this.write(tenant, outcomes);
    }
  }

  /** What can't be written stays leased, and is tried again when the lease runs out: then the application is told twice. */
  private async write(tenant: string, outcomes: readonly Waiting[]): Promise<void> {
    while (outcomes.some(({ delivery }) => delivery.leasedUntil.getTime() > Date.now())) {
      try {
        await this.unitOfWork.run(tenant, (tx) => this.record(tx, outcomes));
        return;
      } catch (error) {
        this.log.warn({ err: error, outcomes: outcomes.length }, 'outcomes are not recorded yet');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  private async record(tx: Tx, outcomes: readonly Waiting[]): Promise<void> {
    const recorded = await this.store.record(tx, outcomes);
    const ours = outcomes.filter(({ delivery }) => recorded.has(delivery.deliveryId));
    if (ours.length === 0) return;
    this.store.recordAttempts(tx, ours);
    this.recordHealth(tx, ours);
    const healed = [...new Set(ours.flatMap(({ healed, delivery }) => (healed ? [delivery.clientId] : [])))];
    if (healed.length > 0) this.store.releaseWaiting(tx, healed);
    for (const outcome of ours) publish(tx, outcome);
    const settled = ours.filter(({ transition }) => transition.state !== 'planned').map(({ delivery }) => delivery);
    if (settled.length > 0) {
      const own = [...new Set(settled.flatMap(({ revocationId }) => (revocationId === null ? [] : [revocationId])))];
      const concerned = await this.progress.concerned(
        tx,
        settled.map(({ sessionId }) => sessionId),
        own,
      );
      await this.completeRevocations.execute(tx, concerned);
    }
    tx.afterCommit(() => {
      crashPoint('S10', 'fanout');
      for (const { delivery, attempt } of ours) {
        if (reached(attempt.outcome)) {
          this.latency.observe(
            { tenant: tx.tenant, application: delivery.clientId },
            (attempt.finishedAt.getTime() - delivery.originAt.getTime()) / 1000,
          );
        }
      }
    });
  }

  private recordHealth(tx: Tx, outcomes: readonly Outcome[]): void {
    const last = new Map(outcomes.map(({ delivery, attempt }) => [delivery.clientId, attempt.outcome]));
    this.store.recordHealth(
      tx,
      [...last].map(([clientId, outcome]) => ({
        clientId,
        success: reached(outcome),
        detail: reached(outcome) ? null : `${'status' in outcome ? outcome.status : ''} ${outcome.detail ?? ''}`.trim(),
      })),
    );
  }
}

function publish(tx: Tx, { delivery, attempt, transition }: Outcome): void {
  const data = factsOf(delivery, attempt);
  const common = { subject: delivery.subjectId, cause: delivery, bulk: delivery.bulk };
  const { outcome } = attempt;
  if (transition.disputed) tx.publish(DeliveryDisputedV1, { ...common, data: { ...data, why: outcome.detail ?? '' } });
  switch (transition.state) {
    case 'accepted':
      tx.publish(DeliveryAcceptedV1, { ...common, data });
      return;
    case 'confirmed':
      tx.publish(DeliveryConfirmedV1, {
        ...common,
        data: { ...data, receipt: outcome.kind === 'accepted' ? (outcome.receiptJws ?? '') : '' },
      });
      return;
    case 'rejected':
      tx.publish(DeliveryRejectedV1, {
        ...common,
        data: { ...data, why: outcome.detail ?? 'the application refuses the logout token' },
      });
      return;
    case 'abandoned':
      tx.publish(DeliveryAbandonedV1, { ...common, data });
      return;
    case 'planned':
      tx.publish(DeliveryAttemptedV1, { ...common, data: { ...data, dueAt: transition.dueAt!.toISOString() } });
  }
}
