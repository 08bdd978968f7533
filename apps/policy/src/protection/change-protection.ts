import { Problem, SignInProtectionUpdatedV1 } from '@curfew/contracts';
import { startedBy, UnitOfWork, type Tx } from '@curfew/messaging';
import { assertMatches, once, type IdempotentRequest, type Principal } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { changing } from '../sign-in/change-sign-in-policy.js';
import { PROTECTION, undone } from '../sign-in/sign-in-history.js';
import { SignInHistoryStore } from '../sign-in/sign-in-history.store.js';
import { changesBetween } from '../sign-in/sign-in-policy.js';
import { SignInPolicyStore } from '../sign-in/sign-in-policy.store.js';
import type { SignInProtection, VersionedProtection } from './protection.js';
import { ProtectionStore } from './protection.store.js';

@Injectable()
export class ChangeProtection {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: ProtectionStore,
    private readonly policies: SignInPolicyStore,
    private readonly history: SignInHistoryStore,
  ) {}

  async change(
    caller: Principal,
    ifMatch: string | undefined,
    protection: SignInProtection,
  ): Promise<VersionedProtection> {
    return this.alone(caller, async (tx) => {
      assertMatches(ifMatch, (await this.store.current(tx)).version);
      return this.save(tx, caller, protection);
    });
  }

  /** As it was at an earlier version; 0 is the initial one. Throws `policy_not_found`. */
  async revert(
    caller: Principal,
    version: number,
    reason: string,
    request?: IdempotentRequest,
  ): Promise<{ version: number }> {
    return this.alone(caller, (tx) =>
      once(tx, request, async () => {
        const current = await this.store.current(tx);
        const since = await this.history.since(tx, PROTECTION, version);
        if (since.length !== current.version - version) throw new Problem('policy_not_found');
        const earlier = undone({ ...current.protection }, since) as unknown as SignInProtection;
        const saved = await this.save(tx, caller, earlier, reason);
        return { version: saved.version };
      }),
    );
  }

  /** As its next version; what changes nothing makes none. Under the lock of `changing`. */
  async save(
    tx: Tx,
    { actor }: Principal,
    protection: SignInProtection,
    reason: string | null = null,
  ): Promise<VersionedProtection> {
    const before = await this.store.current(tx);
    const changes = changesBetween(before.protection, protection);
    if (changes.length === 0) return before;
    const version = before.version + 1;
    await this.store.save(tx, { version, protection });
    await this.policies.countChange(tx);
    await this.history.add(tx, { policy: PROTECTION, version, change: 'changed', changes, reason, actor });
    tx.publish(SignInProtectionUpdatedV1, {
      subject: 'sign-in-protection',
      cause: startedBy(actor),
      data: { version, changes, ...(reason === null ? {} : { reason }) },
    });
    return { version, protection };
  }

  private alone<T>({ tenant }: Principal, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.unitOfWork.run(tenant, work, [changing(tenant)]);
  }
}
