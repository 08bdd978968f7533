import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { DEFAULT_POLICY } from './sign-in-policy.js';
import { SignInPolicyStore } from './sign-in-policy.store.js';
import type { SignInProfile } from './sign-in-profile.js';
import { SignInProfileStore } from './sign-in-profile.store.js';
import { ruleOf } from './sign-in-rule.js';

const FIRST_PROFILE: SignInProfile = { name: 'default', kind: 'federated' };

/** Everyone may sign in at the tenant's own identity provider, to a session as it is by default (SP-04, SP-14). */
const FIRST_RULE = ruleOf('everyone', { name: 'Everyone', action: 'ALLOW', profile: FIRST_PROFILE.name });

/** What a tenant has from the start. */
@Injectable()
export class FirstSignInPolicy {
  constructor(
    private readonly policies: SignInPolicyStore,
    private readonly profiles: SignInProfileStore,
  ) {}

  async make(tx: Tx): Promise<void> {
    await this.profiles.insert(tx, FIRST_PROFILE);
    await this.policies.insert(tx, DEFAULT_POLICY);
    await this.policies.saveRule(tx, DEFAULT_POLICY.policyId, FIRST_RULE);
  }
}
