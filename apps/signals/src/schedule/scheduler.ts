import { SignalReceivedV1 } from '@curfew/contracts';
import { crashPoint, UnitOfWork } from '@curfew/messaging';
import { InjectLogger, startLoop, type Logger, type Loop } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { factsOf, orderingKey } from '../signal/signal.js';
import { SignalStore } from '../signal/signal.store.js';

const EVERY_MS = 200;
const BATCH = 100;

/** Lets signals go when their time has come. Due times are rows, so a restart neither forgets nor hurries one. */
@Injectable()
export class Scheduler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SignalStore,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = startLoop('scheduler', EVERY_MS, this.log, () => this.fireDue());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }

  private async fireDue(): Promise<boolean> {
    const due = await this.store.due(BATCH);
    for (const { tenant, signalId } of due) {
      await this.unitOfWork.run(tenant, async (tx) => {
        const signal = await this.store.fire(tx, signalId);
        if (!signal) return; // rescinded, or fired by another instance
        tx.publish(SignalReceivedV1, {
          subject: orderingKey(signal),
          cause: { actor: signal.actor, correlationId: signalId },
          data: factsOf(signal, true),
        });
        crashPoint('S13', 'signals');
      });
    }
    return due.length === BATCH;
  }
}
