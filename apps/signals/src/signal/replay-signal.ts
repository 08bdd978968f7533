import { Problem, SignalReceivedV1 } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { ReceivedSignal, Teller } from './receive-signal.js';
import { factsOf, orderingKey } from './signal.js';
import { SignalStore } from './signal.store.js';

/** A signal that came to nothing, handed on once more: policy decides by what holds now. */
@Injectable()
export class ReplaySignal {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SignalStore,
  ) {}

  /** Throws `signal_not_found`, `signal_not_replayable`. Of two at once one does it, and so of one that is repeated. */
  execute({ tenant, actor }: Omit<Teller, 'source'>, signalId: string): Promise<ReceivedSignal> {
    return this.unitOfWork.run(tenant, async (tx) => {
      if (!(await this.store.get(tx, signalId))) throw new Problem('signal_not_found');
      const signal = await this.store.again(tx, signalId);
      if (!signal) throw new Problem('signal_not_replayable');
      tx.publish(SignalReceivedV1, {
        subject: orderingKey(signal),
        cause: { actor, correlationId: signalId },
        data: factsOf(signal, signal.effectiveAt > signal.receivedAt),
      });
      return { signalId, state: signal.state };
    });
  }
}
