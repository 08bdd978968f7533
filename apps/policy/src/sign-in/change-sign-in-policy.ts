import { Problem, SignInPolicyUpdatedV1, unprocessableField, type DataOf } from '@curfew/contracts';
import { exclusive, UnitOfWork, type Tx } from '@curfew/messaging';
import { assertMatches, once, type IdempotentRequest, type Principal } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Directory } from '../directory/directory.js';
import { changesBetween, DEFAULT_POLICY_ID, type PolicyWithRules, type SignInPolicy } from './sign-in-policy.js';
import { SignInPolicyStore } from './sign-in-policy.store.js';
import { SignInProfileStore } from './sign-in-profile.store.js';
import { assertPriority, ruleOf, type RuleRequest, type SignInRule } from './sign-in-rule.js';

/** Every sign-in may have to look at all of them, and a range of addresses takes microseconds to read. */
const MOST = { policies: 1_000, rules: 10_000, names: 20_000 } as const;

type PolicyFields = Omit<SignInPolicy, 'policyId' | 'version'>;
type Changes = DataOf<typeof SignInPolicyUpdatedV1>['changes'];

/** One change of a tenant's sign-in policies at a time: what one has seen, none other changes under it. */
export const changing = (tenant: string) => exclusive('sign-in', tenant);

@Injectable()
export class ChangeSignInPolicy {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SignInPolicyStore,
    private readonly profiles: SignInProfileStore,
    private readonly directory: Directory,
  ) {}

  async create(caller: Principal, fields: PolicyFields, request?: IdempotentRequest): Promise<SignInPolicy> {
    assertPriority(fields.priority);
    return this.alone(caller, (tx) =>
      once(tx, request, async () => {
        await this.assertGroups(tx, 'assignment.groups', fields.assignment.groups);
        const policy: SignInPolicy = { policyId: uuidv7(), version: 1, ...fields };
        await this.store.insert(tx, policy);
        await this.record(tx, caller, policy, 'created', changesBetween({}, policy));
        return policy;
      }),
    );
  }

  /** Changes the fields it names. Of those of the default policy only its words can be changed. */
  async change(
    caller: Principal,
    policyId: string,
    ifMatch: string | undefined,
    asked: Partial<PolicyFields>,
  ): Promise<PolicyWithRules> {
    return this.alone(caller, async (tx) => {
      const { rules, ...policy } = await this.existing(tx, policyId);
      assertMatches(ifMatch, policy.version);
      const changed = { ...policy, ...asked };
      assertPriority(changed.priority);
      const changes = changesBetween(policy, changed);
      const words = ['name', 'description'];
      if (policyId === DEFAULT_POLICY_ID && changes.some(({ field }) => !words.includes(field)))
        throw new Problem('default_sign_in_policy');
      await this.assertGroups(tx, 'assignment.groups', changed.assignment.groups);
      return { ...(await this.save(tx, caller, changed, changes)), rules };
    });
  }

  /** With its rules, for good. */
  async remove(caller: Principal, policyId: string): Promise<void> {
    await this.alone(caller, async (tx) => {
      const { rules: _rules, ...policy } = await this.existing(tx, policyId);
      if (policyId === DEFAULT_POLICY_ID) throw new Problem('default_sign_in_policy');
      await this.store.remove(tx, policyId);
      // What its rules were is in the entries before.
      await this.record(tx, caller, policy, 'removed', changesBetween(policy, {}));
    });
  }

  async saveRule(
    caller: Principal,
    policyId: string,
    ifMatch: string | undefined,
    ruleId: string,
    request: RuleRequest,
  ): Promise<{ rule: SignInRule; version: number }> {
    return this.alone(caller, async (tx) => {
      const { rules, ...policy } = await this.existing(tx, policyId);
      assertMatches(ifMatch, policy.version);
      const rule = ruleOf(ruleId, request);
      await this.assertKnown(tx, rule);
      const before = rules.find((one) => one.ruleId === ruleId);
      await this.store.saveRule(tx, policyId, rule);
      const field = `rules.${ruleId}`;
      const { version } = await this.save(tx, caller, policy, changesBetween({ [field]: before }, { [field]: rule }));
      return { rule, version };
    });
  }

  async removeRule(caller: Principal, policyId: string, ruleId: string): Promise<void> {
    await this.alone(caller, async (tx) => {
      const { rules, ...policy } = await this.existing(tx, policyId);
      const before = rules.find((rule) => rule.ruleId === ruleId);
      if (!before) throw new Problem('sign_in_rule_not_found');
      await this.store.removeRule(tx, policyId, ruleId);
      await this.save(tx, caller, policy, changesBetween({ [`rules.${ruleId}`]: before }, {}));
    });
  }

  private alone<T>({ tenant }: Principal, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.unitOfWork.run(tenant, work, [changing(tenant)]);
  }

  private async existing(tx: Tx, policyId: string): Promise<PolicyWithRules> {
    const policy = await this.store.get(tx, policyId);
    if (!policy) throw new Problem('sign_in_policy_not_found');
    return policy;
  }

  /** SP-24: a name that leads nowhere would be found out by who wants to sign in. */
  private async assertKnown(tx: Tx, { profile, mfa, conditions }: SignInRule): Promise<void> {
    await this.assertGroups(tx, 'conditions.groups', conditions.groups);
    for (const [field, name] of Object.entries({ profile, mfa })) {
      if (name === null) continue;
      const known = await this.profiles.get(tx, name);
      if (!known || (known.kind === 'mfa') !== (field === 'mfa'))
        throw unprocessableField(field, `names no ${field === 'mfa' ? 'MFA' : 'sign-in'} profile`);
    }
  }

  private async assertGroups(tx: Tx, field: string, groups: readonly string[]): Promise<void> {
    if (groups.length === 0) return;
    const known = await this.directory.knownOf(tx, groups);
    const at = groups.findIndex((group) => !known.has(group));
    if (at >= 0) throw unprocessableField(`${field}.${at}`, 'is no group that anybody was ever in');
  }

  private async assertWithinLimits(tx: Tx): Promise<void> {
    const counts = await this.store.counts(tx);
    for (const [what, most] of Object.entries(MOST) as [keyof typeof MOST, number][])
      if (counts[what] > most) throw new Problem('sign_in_limit_reached', `At most ${most} ${what}`);
  }

  /** As its next version; what changes nothing makes none. */
  private async save(tx: Tx, caller: Principal, policy: SignInPolicy, changes: Changes): Promise<SignInPolicy> {
    if (changes.length === 0) return policy;
    const saved = { ...policy, version: policy.version + 1 };
    await this.store.update(tx, saved);
    await this.record(tx, caller, saved, 'changed', changes);
    return saved;
  }

  private async record(
    tx: Tx,
    { actor }: Principal,
    { policyId, name, version }: SignInPolicy,
    change: 'created' | 'changed' | 'removed',
    changes: Changes,
  ): Promise<void> {
    await this.assertWithinLimits(tx);
    await this.store.countChange(tx);
    tx.publish(SignInPolicyUpdatedV1, {
      subject: policyId,
      cause: { actor, correlationId: uuidv7() },
      data: { policyId, name, version, change, changes },
    });
  }
}
