import { unprocessableField } from '@curfew/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { PolicyWithRules } from '../sign-in/sign-in-policy.js';
import type { SignInPolicyRequest } from './policy-document.js';

export interface MatchedPolicy {
  readonly asked: SignInPolicyRequest;
  readonly path: string;
  readonly policyId: string;
  /** Undefined: it is to be made. */
  readonly before: PolicyWithRules | undefined;
}

/**
 * Which policy each is about: that of its id, also when that is to be made; without an id that of its name, which then
 * has to be one policy's alone. Throws `unprocessable_field`.
 */
export function matched(asked: readonly SignInPolicyRequest[], stored: readonly PolicyWithRules[]): MatchedPolicy[] {
  const byId = new Map(stored.map((policy) => [policy.policyId, policy]));
  const taken = new Set<string>();
  for (const [at, { id }] of asked.entries()) {
    if (id === undefined) continue;
    if (taken.has(id)) throw unprocessableField(`signIn.policies.${at}.id`, 'is there twice');
    taken.add(id);
  }
  const names = new Set<string>();
  return asked.map((policy, at) => {
    const path = `signIn.policies.${at}`;
    if (policy.id !== undefined) return { asked: policy, path, policyId: policy.id, before: byId.get(policy.id) };
    if (names.has(policy.name)) throw unprocessableField(`${path}.name`, 'is there twice, and neither has an id');
    names.add(policy.name);
    const [before, another] = stored.filter(({ policyId, name }) => name === policy.name && !taken.has(policyId));
    if (another) throw unprocessableField(`${path}.name`, 'is that of several policies: say its id');
    return { asked: policy, path, policyId: before?.policyId ?? uuidv7(), before };
  });
}
