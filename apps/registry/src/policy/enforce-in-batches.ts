import { crashPoint, UnitOfWork, type Tx } from '@curfew/messaging';
import { policyName } from '@curfew/policy-rules';
import { InjectLogger, startLoop, type Logger, type Loop } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ENFORCED_FIELDS } from '@curfew/contracts';
import { v7 as uuidv7 } from 'uuid';
import { EnforcePolicy } from './enforce-policy.js';
import { EnforcementStore } from './enforcement.store.js';
import { PolicyLayerStore } from './policy-layer.store.js';

const EVERY_MS = 250;
const SIDE_BY_SIDE = 4;

/** Goes on with the policies that concern many, and takes back overrides to the instant they expire. */
@Injectable()
export class EnforceInBatches implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: EnforcementStore,
    private readonly layers: PolicyLayerStore,
    private readonly enforcePolicy: EnforcePolicy,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = startLoop('policy enforcement', EVERY_MS, this.log, () => this.work());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }

  wake(): void {
    this.loop?.wake();
  }

  /** One batch of each that is under way: none waits for the end of another. */
  private async work(): Promise<boolean> {
    for (const { tenant, ...ref } of await this.layers.expired(SIDE_BY_SIDE))
      await this.unitOfWork.run(tenant, (tx) => this.expire(tx, ref));
    const running = await this.store.running(SIDE_BY_SIDE);
    for (const { tenant, enforcementId } of running) {
      crashPoint('S14', 'registry');
      await this.unitOfWork.run(tenant, async (tx) => {
        const enforcement = await this.store.claim(tx, enforcementId);
        if (enforcement) await this.enforcePolicy.batch(tx, enforcement);
      });
    }
    return running.length > 0;
  }

  /** What an exact override allowed longer ends with it. */
  private async expire(tx: Tx, ref: Parameters<PolicyLayerStore['takeExpired']>[1]): Promise<void> {
    this.enforcePolicy.lock(tx);
    const taken = await this.layers.takeExpired(tx, ref);
    const fields = ENFORCED_FIELDS.filter((field) => taken?.document && field in taken.document.values);
    if (!taken || fields.length === 0) return;
    const enforcementId = uuidv7();
    await this.enforcePolicy.start(tx, {
      enforcementId,
      policy: ref,
      version: taken.version,
      trigger: 'expiry',
      order: { fields, mode: 'tighten' },
      cause: { actor: 'service:registry', correlationId: enforcementId },
      batchId: null,
    });
    this.log.info({ policy: policyName(ref) }, 'an override has expired');
  }
}
