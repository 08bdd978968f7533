import {
  PolicyAppliedV1,
  type DefaultPolicy,
  type OverrideStateV1,
  type OverrideUpdatedV1,
  type PolicyOverride,
  type PolicyStateV1,
  type PolicyUpdatedV1,
} from '@curfew/contracts';
import { causedBy, type Cause, type Tx } from '@curfew/messaging';
import { policyName, TENANT, type LayerRef } from '@curfew/policy-rules';
import { Injectable } from '@nestjs/common';
import { EnforceInBatches } from './enforce-in-batches.js';
import { EnforcePolicy } from './enforce-policy.js';
import { EnforcementStore } from './enforcement.store.js';
import { PolicyLayerStore } from './policy-layer.store.js';

/**
 * From this transaction on every new session is judged by the policy; says so. A save is told as a fact, which also says
 * what becomes of live sessions, and as a state, for a registry that starts anew: whichever comes first is taken over.
 */
@Injectable()
export class ApplyPolicy {
  constructor(
    private readonly layers: PolicyLayerStore,
    private readonly enforcements: EnforcementStore,
    private readonly enforcePolicy: EnforcePolicy,
    private readonly enforceInBatches: EnforceInBatches,
  ) {}

  async state(events: readonly (PolicyStateV1 | OverrideStateV1)[], tx: Tx): Promise<void> {
    for (const event of events) {
      const { data } = event;
      const document = 'policy' in data ? data.policy : data.override;
      await this.put(tx, refOf(data), data.version, document, causedBy(event));
    }
  }

  async saved(event: PolicyUpdatedV1 | OverrideUpdatedV1, tx: Tx): Promise<void> {
    const { data } = event;
    const policy = refOf(data);
    if (data.enforcement) this.enforcePolicy.lock(tx);
    await this.put(tx, policy, data.version, data.after, causedBy(event));
    // What one of them allows, another that was saved with it may forbid: they are judged by together.
    if (data.batch && (await this.enforcements.arrive(tx, data.batch)))
      tx.afterCommit(() => this.enforceInBatches.wake());
    if (!data.enforcement) return;
    const { enforcementId, fields, mode } = data.enforcement;
    const order = { fields, mode };
    const done = await this.enforcePolicy.start(tx, {
      enforcementId,
      policy,
      version: data.version,
      trigger: 'save',
      order,
      cause: causedBy(event),
      batchId: data.batch?.batchId ?? null,
    });
    if (!done) tx.afterCommit(() => this.enforceInBatches.wake());
  }

  private async put(
    tx: Tx,
    ref: LayerRef,
    version: number,
    document: DefaultPolicy | PolicyOverride | null,
    cause: Cause,
  ): Promise<void> {
    const policy = policyName(ref);
    if (await this.layers.put(tx, ref, version, document))
      tx.publish(PolicyAppliedV1, { subject: policy, cause, data: { version, policy } });
  }
}

const refOf = (data: object): LayerRef =>
  'layer' in data ? { layer: data.layer as LayerRef['layer'], id: (data as LayerRef).id } : TENANT;
