import { Problem, unprocessableField } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import type { Principal } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { ChangeProtection } from '../protection/change-protection.js';
import { protectionOf } from '../protection/protection.js';
import { ChangeSignInProfile } from '../sign-in/change-sign-in-profile.js';
import { KnownNames, type Names } from '../sign-in/known-names.js';
import { SaveSignInPolicy } from '../sign-in/save-sign-in-policy.js';
import {
  assertStaysDefault,
  DEFAULT_POLICY_ID,
  policyFieldsOf,
  type PolicyWithRules,
} from '../sign-in/sign-in-policy.js';
import type { SignInProfile } from '../sign-in/sign-in-profile.js';
import { assertPriority, ruleOf, type SignInRule } from '../sign-in/sign-in-rule.js';
import { atPath } from './at-path.js';
import { matched, type MatchedPolicy } from './match-policies.js';
import type { SignInPolicyRequest, SignInRequest, Stored } from './policy-document.js';

/** The part of a document that says who may sign in, and how. */
@Injectable()
export class ApplySignIn {
  constructor(
    private readonly profiles: ChangeSignInProfile,
    private readonly known: KnownNames,
    private readonly save: SaveSignInPolicy,
    private readonly protection: ChangeProtection,
  ) {}

  /** Profiles come before the rules that name them, and go after those that named them. Under the lock of `changing`. */
  async apply(tx: Tx, caller: Principal, stored: Stored, section: SignInRequest): Promise<void> {
    const { profiles, policies, protection } = section;
    if (profiles) await this.addProfiles(tx, caller, stored.profiles, profiles);
    if (policies) await this.applyPolicies(tx, caller, stored.policies, policies);
    if (protection) await atPath('signIn.protection', () => this.protection.save(tx, caller, protectionOf(protection)));
    const names = new Set(profiles?.map(({ name }) => name));
    for (const { name } of profiles ? stored.profiles.filter((profile) => !names.has(profile.name)) : [])
      await atPath('signIn.profiles', () => this.profiles.take(tx, caller, name));
  }

  private async addProfiles(
    tx: Tx,
    caller: Principal,
    stored: readonly SignInProfile[],
    asked: readonly SignInProfile[],
  ): Promise<void> {
    const kinds = new Map(stored.map(({ name, kind }) => [name, kind]));
    for (const [at, { name, kind }] of asked.entries()) {
      const path = `signIn.profiles.${at}`;
      if (asked.findIndex((profile) => profile.name === name) !== at)
        throw unprocessableField(`${path}.name`, 'is there twice');
      const before = kinds.get(name);
      if (before === kind) continue;
      if (before) throw unprocessableField(`${path}.kind`, `is ${before}, which stays: take another name`);
      await atPath(path, () => this.profiles.add(tx, caller, { name, kind }));
    }
  }

  private async applyPolicies(
    tx: Tx,
    caller: Principal,
    stored: readonly PolicyWithRules[],
    asked: readonly SignInPolicyRequest[],
  ): Promise<void> {
    const policies = matched(asked, stored);
    const staying = new Set(policies.map(({ policyId }) => policyId));
    const gone = stored.filter(({ policyId }) => !staying.has(policyId));
    if (gone.some(({ policyId }) => policyId === DEFAULT_POLICY_ID))
      await atPath('signIn.policies', () => Promise.reject(new Problem('default_sign_in_policy')));
    const known = await this.known.of(
      tx,
      asked.flatMap(({ assignment, rules }) => [
        ...(assignment?.groups ?? []),
        ...rules.flatMap(({ conditions }) => conditions?.groups ?? []),
      ]),
    );
    for (const policy of policies) {
      const after = await policyOf(policy, known);
      await atPath(policy.path, () => this.save.execute(tx, caller, policy.before, after));
    }
    for (const policy of gone) await this.save.execute(tx, caller, policy, undefined);
    await atPath('signIn.policies', () => this.save.assertWithinLimits(tx));
  }
}

/** Refuses what the routes of one policy refuse. A rule that stays as it is, is not judged again. */
async function policyOf({ asked, before, policyId, path }: MatchedPolicy, known: Names): Promise<PolicyWithRules> {
  const fields = policyFieldsOf(asked);
  await atPath(path, () => {
    assertPriority(fields.priority);
    assertStaysDefault({ policyId, version: 0, ...fields });
    known.assertGroups('assignment.groups', fields.assignment.groups);
  });
  const old = new Map(before?.rules.map((rule) => [rule.ruleId, rule]));
  const rules = new Map<string, SignInRule>();
  for (const [at, { id, ...request }] of asked.rules.entries()) {
    if (rules.has(id)) throw unprocessableField(`${path}.rules.${at}.id`, 'is there twice');
    const rule = await atPath(`${path}.rules.${at}`, () => {
      const wanted = ruleOf(id, request);
      if (!isDeepStrictEqual(wanted, old.get(id))) known.assertRule(wanted);
      return wanted;
    });
    rules.set(id, rule);
  }
  return { policyId, version: 0, ...fields, rules: [...rules.values()] };
}
