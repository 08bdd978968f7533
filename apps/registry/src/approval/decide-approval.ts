import { ApprovalRuleUpdatedV1, Problem, RevocationDecidedV1, type ApprovalRule } from '@curfew/contracts';
import { startedBy, UnitOfWork, type Tx } from '@curfew/messaging';
import { assertMatches, type Principal } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { RequestRevocation } from '../revocation/request-revocation.js';
import { assertAnother, type Approval } from './approval.js';
import { ApprovalStore, type VersionedRule } from './approval.store.js';

/** The second person's word on a kill that waits for it, and the rule which kills do. */
@Injectable()
export class DecideApproval {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: ApprovalStore,
    private readonly requestRevocation: RequestRevocation,
  ) {}

  /**
   * It is in force when this returns: by all that it is judged by then, not when it was asked for. Throws
   * `approval_not_found`, `approval_decided`, `own_revocation`, and what asking for it would.
   */
  async approve(caller: Principal, revocationId: string, reason: string | null): Promise<void> {
    const asked = await this.existing(caller.tenant, revocationId);
    assertAnother(asked, caller);
    await this.requestRevocation.run(caller.tenant, asked.target, async (tx) => {
      const approval = await this.decide(tx, revocationId, 'approved', caller.actor, reason);
      const { target, bar, deadlineSeconds, requestedBy, requestedAt } = approval;
      await this.requestRevocation.begin(tx, {
        ...{ revocationId, actor: requestedBy, requestedAt, target, bar, reason: approval.reason },
        ...(deadlineSeconds === null ? {} : { deadlineSeconds }),
      });
    });
  }

  /** Nothing comes of it. Whoever asked for it may think again; else it takes who could approve it. */
  async reject(caller: Principal, revocationId: string, reason: string | null): Promise<Approval> {
    const { requestedBy } = await this.existing(caller.tenant, revocationId);
    if (requestedBy !== caller.actor && !caller.permissions.has('revocations:approve'))
      throw new Problem('forbidden', 'It takes revocations:approve');
    return this.unitOfWork.run(caller.tenant, (tx) => this.decide(tx, revocationId, 'rejected', caller.actor, reason));
  }

  async expire(tx: Tx, revocationId: string): Promise<void> {
    const actor = 'service:registry';
    const expired = await this.store.decide(tx, revocationId, 'expired', actor, null);
    if (expired) publish(tx, expired, 'expired', actor, null);
  }

  /** Of those who may change it, one at a time: throws `precondition_failed`. What changes nothing is no version. */
  async saveRule(
    { tenant, actor }: Principal,
    ifMatch: string | undefined,
    rule: ApprovalRule,
  ): Promise<VersionedRule> {
    return this.unitOfWork.run(tenant, async (tx) => {
      const before = await this.store.rule(tx);
      assertMatches(ifMatch, before.version);
      if (isDeepStrictEqual(before.rule, rule)) return before;
      const after = { version: before.version + 1, rule };
      if (!(await this.store.saveRule(tx, after))) throw new Problem('precondition_failed');
      tx.publish(ApprovalRuleUpdatedV1, {
        subject: 'approval-rule',
        cause: startedBy(actor),
        data: { version: after.version, before: before.rule, after: rule },
      });
      return after;
    });
  }

  private async existing(tenant: string, revocationId: string): Promise<Approval> {
    const approval = await this.unitOfWork.run(tenant, (tx) => this.store.get(tx, revocationId));
    if (!approval) throw new Problem('approval_not_found');
    return approval;
  }

  private async decide(
    tx: Tx,
    revocationId: string,
    decision: 'approved' | 'rejected',
    actor: string,
    reason: string | null,
  ): Promise<Approval> {
    const approval = await this.store.decide(tx, revocationId, decision, actor, reason);
    if (!approval) throw new Problem('approval_decided');
    publish(tx, approval, decision, actor, reason);
    return approval;
  }
}

function publish(
  tx: Tx,
  { revocationId, target, requestedBy }: Approval,
  decision: 'approved' | 'rejected' | 'expired',
  actor: string,
  reason: string | null,
): void {
  tx.publish(RevocationDecidedV1, {
    subject: target.id,
    cause: { actor, correlationId: revocationId },
    data: { revocationId, decision, requestedBy, reason },
  });
}
