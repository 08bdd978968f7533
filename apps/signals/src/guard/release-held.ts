import { SignalReceivedV1, SignalScheduledV1 } from '@curfew/contracts';
import { UnitOfWork, type Tx } from '@curfew/messaging';
import { InjectLogger, startLoop, type Logger, type Loop } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { factsOf, orderingKey } from '../signal/signal.js';
import { SignalStore } from '../signal/signal.store.js';
import type { Hold } from './guard.js';
import { GuardStore } from './guard.store.js';

const EVERY_MS = 200;
const HOLDS = 10;
const BATCH = 100;

/** Lets go what was held and is decided on, a batch a transaction: a restart goes on where it was. */
@Injectable()
export class ReleaseHeld implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly guards: GuardStore,
    private readonly signals: SignalStore,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = startLoop('releasing held signals', EVERY_MS, this.log, () => this.release());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }

  /** True when there may be more. */
  async release(): Promise<boolean> {
    const holds = await this.guards.atWork(HOLDS);
    for (const { tenant, holdId } of holds)
      await this.unitOfWork.run(tenant, async (tx) => {
        const hold = await this.guards.hold(tx, holdId);
        if (!hold) return;
        const gone = hold.state === 'approving' ? await this.letGo(tx, hold) : await this.letDrop(tx, hold);
        if (gone < BATCH) await this.guards.done(tx, holdId);
      });
    return holds.length > 0;
  }

  private async letGo(tx: Tx, { holdId, decidedBy }: Hold): Promise<number> {
    const signals = await this.signals.release(tx, holdId, BATCH);
    for (const signal of signals) {
      const later = signal.state === 'scheduled';
      tx.publish(later ? SignalScheduledV1 : SignalReceivedV1, {
        subject: orderingKey(signal),
        cause: { actor: decidedBy ?? signal.actor, correlationId: signal.signalId, causationId: holdId },
        data: factsOf(signal, later),
      });
    }
    return signals.length;
  }

  private letDrop(tx: Tx, { holdId, reason, decidedBy }: Hold): Promise<number> {
    return this.signals.drop(tx, holdId, BATCH, { reason: reason ?? 'held, and declined', decidedBy });
  }
}
