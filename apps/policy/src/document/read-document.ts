import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { ProtectionStore } from '../protection/protection.store.js';
import { SessionPolicyStore } from '../session-policy/session-policy.store.js';
import { SignInPolicyStore } from '../sign-in/sign-in-policy.store.js';
import { SignInProfileStore } from '../sign-in/sign-in-profile.store.js';
import type { Stored } from './policy-document.js';

const ALL = 1_000_000;

@Injectable()
export class ReadDocument {
  constructor(
    private readonly sessionPolicies: SessionPolicyStore,
    private readonly profiles: SignInProfileStore,
    private readonly signInPolicies: SignInPolicyStore,
    private readonly protection: ProtectionStore,
  ) {}

  async execute(tx: Tx): Promise<Stored> {
    return {
      default: (await this.sessionPolicies.default(tx)).document,
      overrides: await this.sessionPolicies.overrides(tx, '', ALL),
      profiles: await this.profiles.list(tx, '', ALL),
      policies: await this.signInPolicies.all(tx),
      protection: (await this.protection.current(tx)).protection,
    };
  }
}
