import { ENFORCED_FIELDS, PolicyEnforcedV1, type PolicyLayer } from '@curfew/contracts';
import { exclusive, type Cause, type Tx } from '@curfew/messaging';
import { policyName, type LayerRef } from '@curfew/policy-rules';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Target, TargetKind } from '../barrier/barrier.js';
import { RevocationStore } from '../revocation/revocation.store.js';
import { EnforcementStore, type Enforcement } from './enforcement.store.js';
import { JudgeSessions, NOTHING, sumOf } from './judge-sessions.js';
import { JudgeStore } from './judge.store.js';
import { PolicyLayerStore } from './policy-layer.store.js';

/** So many people with their sessions a transaction; the first of them in the one that takes the policy over. */
const PEOPLE = 500;
const PEOPLE_AT_ONCE = 200;

/** What all a policy is for are under: the index reads all of those again. */
const OVER: Readonly<Record<PolicyLayer, TargetKind>> = {
  tenant: 'tenant',
  region: 'tenant',
  clearance: 'tenant',
  dataClass: 'tenant',
  group: 'group',
  application: 'application',
  subject: 'subject',
};

const targetOf = (tenant: string, { layer, id }: LayerRef): Target =>
  OVER[layer] === 'tenant' ? { kind: 'tenant', id: tenant } : { kind: OVER[layer], id };

/**
 * A policy on live sessions. From the transaction that takes it over, sessions are opened under it; those that were live
 * then are judged by it, a batch of people a transaction, until all are: a crash between two loses nothing.
 */
@Injectable()
export class EnforcePolicy {
  constructor(
    private readonly store: EnforcementStore,
    private readonly layers: PolicyLayerStore,
    private readonly judge: JudgeStore,
    private readonly judgeSessions: JudgeSessions,
    private readonly revocations: RevocationStore,
  ) {}

  /** Nobody may be between judging a sign-in by the policy before and its commit: before the new policy is written. */
  lock(tx: Tx): void {
    tx.lock(exclusive('tenant', tx.tenant));
  }

  /** True: it is done. Else the worker does the rest, or all where it is one of a batch. After `lock`. */
  async start(
    tx: Tx,
    begun: Pick<Enforcement, 'enforcementId' | 'policy' | 'version' | 'trigger' | 'order' | 'cause' | 'batchId'>,
  ): Promise<boolean> {
    const { now, epoch } = await this.revocations.moment(tx);
    const enforcement: Enforcement = { ...begun, epoch, afterSubject: '', counts: NOTHING, startedAt: now };
    await this.store.insert(tx, enforcement);
    return begun.batchId === null && this.batch(tx, enforcement, PEOPLE_AT_ONCE);
  }

  /** True: that was the last. */
  async batch(tx: Tx, enforcement: Enforcement, people = PEOPLE): Promise<boolean> {
    const { policy, epoch, order, cause } = enforcement;
    this.judge.lookUpOneByOne(tx);
    const subjects = await this.judge.subjects(tx, policy, epoch, enforcement.afterSubject, people);
    const judged = await this.judge.lock(tx, policy, epoch, subjects);
    const { now } = await this.revocations.moment(tx);
    const plan = await this.judgeSessions.plan(tx, judged, await this.layers.all(tx), order, now);
    const counts = await this.judgeSessions.carryOut(tx, plan, order, targetOf(tx.tenant, policy), cause);
    const done = subjects.length < people;
    const after: Enforcement = {
      ...enforcement,
      afterSubject: subjects.at(-1) ?? enforcement.afterSubject,
      counts: sumOf(enforcement.counts, counts),
    };
    await this.store.advance(tx, after, done ? now : null);
    if (done) this.publish(tx, { ...after, policy: policyName(policy) }, now);
    return done;
  }

  /** A person who came under other policies: what is stricter holds at once, what is looser from the next session on. */
  async moved(tx: Tx, subjectId: string, cause: Cause): Promise<void> {
    const layers = await this.layers.all(tx);
    if (layers.overrides.length === 0) return;
    const policy: LayerRef = { layer: 'subject', id: subjectId };
    const { now, epoch } = await this.revocations.moment(tx);
    const judged = await this.judge.lock(tx, policy, epoch, [subjectId]);
    if (judged.length === 0) return;
    const order = { fields: ENFORCED_FIELDS, mode: 'tighten' } as const;
    const plan = await this.judgeSessions.plan(tx, judged, layers, order, now);
    const counts = await this.judgeSessions.carryOut(tx, plan, order, { kind: 'subject', id: subjectId }, cause);
    if (counts.marked + counts.changed + counts.ended + counts.evicted === 0) return;
    const enforcement = {
      enforcementId: uuidv7(),
      version: 0,
      trigger: 'move',
      counts,
      cause,
      startedAt: now,
    } as const;
    this.publish(tx, { ...enforcement, policy: policyName(policy) }, now);
  }

  private publish(
    tx: Tx,
    done: Pick<Enforcement, 'enforcementId' | 'version' | 'counts' | 'cause' | 'startedAt'> & {
      policy: string;
      trigger: PolicyEnforcedV1['data']['trigger'];
    },
    now: Date,
  ): void {
    const { enforcementId, policy, version, trigger, counts, cause, startedAt } = done;
    tx.publish(PolicyEnforcedV1, {
      subject: policy,
      cause,
      data: {
        enforcementId,
        policy,
        version,
        trigger,
        counts,
        startedAt: startedAt.toISOString(),
        finishedAt: now.toISOString(),
      },
    });
  }
}
