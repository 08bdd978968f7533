import { Problem, SignalRescindedV1 } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { once, type IdempotentRequest } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { ReceivedSignal, Teller } from './receive-signal.js';
import { factsOf, orderingKey } from './signal.js';
import { SignalStore } from './signal.store.js';

/** Takes a signal back: a scheduled one never comes, and of one that came the bar is lifted. */
@Injectable()
export class RescindSignal {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SignalStore,
  ) {}

  /** `ownSource`: a source's key takes back only what it said itself. Throws `signal_not_found`. */
  async execute(
    { tenant, actor }: Omit<Teller, 'source'>,
    signalId: string,
    ownSource: string | null,
    reason?: string,
    request?: IdempotentRequest,
  ): Promise<ReceivedSignal> {
    return this.unitOfWork.run(tenant, (tx) =>
      once(tx, request, async () => {
        const signal = await this.store.get(tx, signalId);
        if (!signal || (ownSource !== null && signal.source !== ownSource)) throw new Problem('signal_not_found');
        const rescinded = await this.store.rescind(tx, signalId);
        if (rescinded) {
          tx.publish(SignalRescindedV1, {
            subject: orderingKey(rescinded),
            cause: { actor, correlationId: signalId },
            data: {
              ...factsOf(rescinded, signal.state === 'scheduled'),
              ...(reason === undefined ? {} : { rescindReason: reason }),
            },
          });
        }
        return { signalId, state: 'rescinded' as const };
      }),
    );
  }
}
