import { Problem, SignInPolicyUpdatedV1 } from '@curfew/contracts';
import { startedBy, type Tx } from '@curfew/messaging';
import type { Principal } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { SignInHistoryStore } from './sign-in-history.store.js';
import { changesBetween, fieldsOf, type PolicyWithRules } from './sign-in-policy.js';
import { SignInPolicyStore } from './sign-in-policy.store.js';

/** Every sign-in may have to look at all of them, and a range of addresses takes microseconds to read. */
const MOST = { policies: 1_000, rules: 10_000, names: 20_000 } as const;

/** Writes what a sign-in policy comes to be, keeps what it was, and tells it. Under the lock of `changing`. */
@Injectable()
export class SaveSignInPolicy {
  constructor(
    private readonly store: SignInPolicyStore,
    private readonly history: SignInHistoryStore,
  ) {}

  /** Undefined: there is none, before or after. Answers its version; what changes nothing makes none. */
  async execute(
    tx: Tx,
    { actor }: Principal,
    before: PolicyWithRules | undefined,
    after: PolicyWithRules | undefined,
    reason: string | null = null,
  ): Promise<number> {
    const changes = changesBetween(before ? fieldsOf(before) : {}, after ? fieldsOf(after) : {});
    const { policyId, name } = (after ?? before)!;
    if (changes.length === 0) return before!.version;
    // One that was there before goes on from its last version: no ETag ever stands for two states.
    const version = (before?.version ?? (await this.history.last(tx, policyId))) + 1;
    const change = !before ? 'created' : after ? 'changed' : 'removed';
    await this.write(tx, before, after && { ...after, version });
    await this.store.countChange(tx);
    await this.history.add(tx, { policy: policyId, version, change, changes, reason, actor });
    tx.publish(SignInPolicyUpdatedV1, {
      subject: policyId,
      cause: startedBy(actor),
      data: {
        ...{ policyId, name, change, changes },
        version: after ? version : before!.version,
        ...(reason === null ? {} : { reason }),
      },
    });
    return version;
  }

  /** Once all is written: throws `sign_in_limit_reached`. */
  async assertWithinLimits(tx: Tx): Promise<void> {
    const counts = await this.store.counts(tx);
    for (const [what, most] of Object.entries(MOST) as [keyof typeof MOST, number][])
      if (counts[what] > most) throw new Problem('sign_in_limit_reached', `At most ${most} ${what}`);
  }

  private async write(tx: Tx, before: PolicyWithRules | undefined, after: PolicyWithRules | undefined): Promise<void> {
    const { policyId } = (after ?? before)!;
    if (!after) return this.store.remove(tx, policyId);
    await (before ? this.store.update(tx, after) : this.store.insert(tx, after));
    const old = new Map(before?.rules.map((rule) => [rule.ruleId, rule]));
    const staying = new Set(after.rules.map(({ ruleId }) => ruleId));
    for (const ruleId of old.keys()) if (!staying.has(ruleId)) await this.store.removeRule(tx, policyId, ruleId);
    for (const rule of after.rules)
      if (changesBetween({ rule: old.get(rule.ruleId) }, { rule }).length > 0)
        await this.store.saveRule(tx, policyId, rule);
  }
}
