import { Problem, unprocessableField } from '@curfew/contracts';
import { exclusive, UnitOfWork, type Tx } from '@curfew/messaging';
import { assertMatches, once, type IdempotentRequest, type Principal } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { KnownNames } from './known-names.js';
import { SaveSignInPolicy } from './save-sign-in-policy.js';
import { undone } from './sign-in-history.js';
import { SignInHistoryStore } from './sign-in-history.store.js';
import {
  assertStaysDefault,
  DEFAULT_POLICY_ID,
  fieldsOf,
  policyOfFields,
  type PolicyFields,
  type PolicyWithRules,
  type SignInPolicy,
} from './sign-in-policy.js';
import { SignInPolicyStore } from './sign-in-policy.store.js';
import { assertPriority, ruleOf, type RuleRequest, type SignInRule } from './sign-in-rule.js';

/** One change of a tenant's sign-in policies at a time: what one has seen, none other changes under it. */
export const changing = (tenant: string) => exclusive('sign-in', tenant);

@Injectable()
export class ChangeSignInPolicy {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SignInPolicyStore,
    private readonly history: SignInHistoryStore,
    private readonly known: KnownNames,
    private readonly save: SaveSignInPolicy,
  ) {}

  async create(caller: Principal, fields: PolicyFields, request?: IdempotentRequest): Promise<SignInPolicy> {
    assertPriority(fields.priority);
    return this.alone(caller, (tx) =>
      once(tx, request, async () => {
        const known = await this.known.of(tx, fields.assignment.groups);
        known.assertGroups('assignment.groups', fields.assignment.groups);
        const policy = { policyId: uuidv7(), version: 0, ...fields };
        return { ...policy, version: await this.save.execute(tx, caller, undefined, { ...policy, rules: [] }) };
      }),
    );
  }

  /** Changes the fields it names, its rules as a whole. Of those of the default policy only its words and rules can be changed. */
  async change(
    caller: Principal,
    policyId: string,
    ifMatch: string | undefined,
    { rules, ...asked }: Partial<PolicyFields> & { rules?: readonly (RuleRequest & { ruleId: string })[] },
  ): Promise<PolicyWithRules> {
    return this.alone(caller, async (tx) => {
      const policy = await this.existing(tx, policyId);
      assertMatches(ifMatch, policy.version);
      const changed = { ...policy, ...asked, rules: rules ? rulesOf(rules) : policy.rules };
      assertPriority(changed.priority);
      assertStaysDefault(changed);
      const asNew = rules ? changed.rules : [];
      const known = await this.known.of(tx, [
        ...changed.assignment.groups,
        ...asNew.flatMap(({ conditions }) => conditions.groups),
      ]);
      known.assertGroups('assignment.groups', changed.assignment.groups);
      for (const rule of asNew) known.assertRule(rule);
      return { ...changed, version: await this.save.execute(tx, caller, policy, changed) };
    });
  }

  /** With its rules, for good. */
  async remove(caller: Principal, policyId: string): Promise<void> {
    await this.alone(caller, async (tx) => {
      const policy = await this.existing(tx, policyId);
      if (policyId === DEFAULT_POLICY_ID) throw new Problem('default_sign_in_policy');
      await this.save.execute(tx, caller, policy, undefined);
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
      const policy = await this.existing(tx, policyId);
      assertMatches(ifMatch, policy.version);
      const rule = ruleOf(ruleId, request);
      (await this.known.of(tx, rule.conditions.groups)).assertRule(rule);
      const others = policy.rules.filter((one) => one.ruleId !== ruleId);
      return { rule, version: await this.save.execute(tx, caller, policy, { ...policy, rules: [...others, rule] }) };
    });
  }

  async removeRule(caller: Principal, policyId: string, ruleId: string): Promise<void> {
    await this.alone(caller, async (tx) => {
      const policy = await this.existing(tx, policyId);
      const rules = policy.rules.filter((rule) => rule.ruleId !== ruleId);
      if (rules.length === policy.rules.length) throw new Problem('sign_in_rule_not_found');
      await this.save.execute(tx, caller, policy, { ...policy, rules });
    });
  }

  /** As it was at an earlier version, which is its next one; also when it was removed since. Answers that. */
  async revert(
    caller: Principal,
    policyId: string,
    version: number,
    reason: string,
    request?: IdempotentRequest,
  ): Promise<{ version: number }> {
    return this.alone(caller, (tx) =>
      once(tx, request, async () => {
        const policy = await this.store.get(tx, policyId);
        const since = await this.history.since(tx, policyId, version);
        const last = since[0]?.version ?? policy?.version;
        // Of what was there before there was a history nothing is known.
        if (last === undefined || since.length !== last - version) throw new Problem('sign_in_policy_not_found');
        const fields = undone(policy && fieldsOf(policy), since);
        if (!fields) throw new Problem('sign_in_policy_not_found');
        const earlier = policyOfFields(fields);
        const known = await this.known.of(tx, [
          ...earlier.assignment.groups,
          ...earlier.rules.flatMap(({ conditions }) => conditions.groups),
        ]);
        for (const rule of earlier.rules) known.assertRule(rule);
        return { version: await this.save.execute(tx, caller, policy, earlier, reason) };
      }),
    );
  }

  private alone<T>({ tenant }: Principal, work: (tx: Tx) => Promise<T>): Promise<T> {
    const within = async (tx: Tx): Promise<T> => {
      const done = await work(tx);
      await this.save.assertWithinLimits(tx);
      return done;
    };
    return this.unitOfWork.run(tenant, within, [changing(tenant)]);
  }

  private async existing(tx: Tx, policyId: string): Promise<PolicyWithRules> {
    const policy = await this.store.get(tx, policyId);
    if (!policy) throw new Problem('sign_in_policy_not_found');
    return policy;
  }
}

/** Throws `unprocessable_field`, naming the rule. */
function rulesOf(asked: readonly (RuleRequest & { ruleId: string })[]): SignInRule[] {
  const ids = asked.map(({ ruleId }) => ruleId);
  const twice = ids.findIndex((id, at) => ids.indexOf(id) !== at);
  if (twice >= 0) throw unprocessableField(`rules.${twice}.ruleId`, 'names a rule twice');
  return asked.map(({ ruleId, ...rule }) => ruleOf(ruleId, rule));
}
