import { DeliveryBreachedV1 } from '@curfew/contracts';
import { groupBy, UnitOfWork, type Tx } from '@curfew/messaging';
import { InjectLogger, startLoop, type Logger, type Loop } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { CompleteRevocations } from '../revocation/complete-revocations.js';
import { ProgressStore } from '../revocation/progress.store.js';
import { factsOf } from './delivery-facts.js';
import { DeliveryStore } from './delivery.store.js';

const EVERY_MS = 250;
const BATCH = 500;

/** Marks what passed its deadline (the tries go on), sends second tokens, and completes what nobody else has. */
@Injectable()
export class WatchDeadlines implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;

  constructor(
    private readonly store: DeliveryStore,
    private readonly progress: ProgressStore,
    private readonly completeRevocations: CompleteRevocations,
    private readonly unitOfWork: UnitOfWork,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = startLoop('deadlines', EVERY_MS, this.log, () => this.watch());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }

  private async watch(): Promise<boolean> {
    const overdue = await this.store.overdue(BATCH);
    for (const [tenant, deliveries] of groupBy(overdue, (delivery) => delivery.tenant)) {
      await this.unitOfWork.run(tenant, (tx) =>
        this.breach(
          tx,
          deliveries.map(({ deliveryId }) => deliveryId),
        ),
      );
    }
    await this.store.repeat(BATCH);
    for (const [tenant, stale] of groupBy(await this.progress.stale(BATCH), (revocation) => revocation.tenant)) {
      await this.unitOfWork.run(tenant, (tx) =>
        this.completeRevocations.execute(
          tx,
          stale.map(({ revocationId }) => revocationId),
        ),
      );
    }
    return overdue.length === BATCH;
  }

  private async breach(tx: Tx, deliveryIds: readonly string[]): Promise<void> {
    const breached = await this.store.breach(tx, deliveryIds);
    for (const delivery of breached) {
      tx.publish(DeliveryBreachedV1, {
        subject: delivery.subjectId,
        cause: delivery,
        bulk: delivery.bulk,
        data: factsOf(delivery, null),
      });
    }
    const own = [...new Set(breached.flatMap(({ revocationId }) => (revocationId === null ? [] : [revocationId])))];
    const concerned = await this.progress.concerned(
      tx,
      breached.map(({ sessionId }) => sessionId),
      own,
    );
    await this.completeRevocations.execute(tx, concerned);
  }
}
