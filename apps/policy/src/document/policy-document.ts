import { createHash } from 'node:crypto';
import type { DefaultPolicy, OverrideLayer, PolicyOverride } from '@curfew/contracts';
import type { LayerRef } from '@curfew/policy-rules';
import type { ProtectionRequest, SignInProtection } from '../protection/protection.js';
import type { OverrideRequest } from '../session-policy/policy-of-request.js';
import {
  inOrder,
  rulesInOrder,
  type PolicyRequest,
  type PolicyWithRules,
  type SignInPolicy,
} from '../sign-in/sign-in-policy.js';
import type { SignInProfile } from '../sign-in/sign-in-profile.js';
import type { RuleRequest, SignInRule } from '../sign-in/sign-in-rule.js';

export const API_VERSION = 'curfew/v1';

export interface DocumentOverride extends Partial<PolicyOverride> {
  readonly layer: OverrideLayer;
  readonly id: string;
}

export interface DocumentRule extends Omit<SignInRule, 'ruleId' | 'profile' | 'mfa' | 'session'> {
  readonly id: string;
  readonly profile?: string;
  readonly mfa?: string;
  readonly session?: NonNullable<SignInRule['session']>;
}

export interface DocumentSignInPolicy extends Omit<SignInPolicy, 'policyId' | 'version' | 'description'> {
  readonly id: string;
  readonly description?: string;
  readonly rules: readonly DocumentRule[];
}

/** All that a tenant's policies say, as `PUT` takes it: what it is sent back with changes nothing. */
export interface PolicyDocument {
  readonly apiVersion: typeof API_VERSION;
  readonly session: { readonly default: DefaultPolicy; readonly overrides: readonly DocumentOverride[] };
  readonly signIn: {
    readonly profiles: readonly SignInProfile[];
    /** Those that are asked first come first, and so do their rules. */
    readonly policies: readonly DocumentSignInPolicy[];
    readonly protection: SignInProtection;
  };
}

export interface SessionRequest {
  readonly default?: object;
  readonly overrides?: readonly (OverrideRequest & { readonly layer: OverrideLayer; readonly id: string })[];
}

export interface SignInPolicyRequest extends PolicyRequest {
  readonly id?: string;
  readonly rules: readonly (RuleRequest & { readonly id: string })[];
}

export interface SignInRequest {
  readonly profiles?: readonly SignInProfile[];
  readonly policies?: readonly SignInPolicyRequest[];
  readonly protection?: ProtectionRequest;
}

/** A document as it was asked for: what is left out stays as it is. */
export interface DocumentRequest {
  readonly session?: SessionRequest;
  readonly signIn?: SignInRequest;
}

/** What there is, as it is stored. */
export interface Stored {
  readonly default: DefaultPolicy;
  readonly overrides: readonly (LayerRef & { readonly override: PolicyOverride })[];
  readonly profiles: readonly SignInProfile[];
  readonly policies: readonly PolicyWithRules[];
  readonly protection: SignInProtection;
}

export const documentOf = (stored: Stored): PolicyDocument => ({
  apiVersion: API_VERSION,
  session: {
    default: stored.default,
    overrides: stored.overrides.map(({ layer, id, override }) => ({
      layer: layer as OverrideLayer,
      id,
      ...(present(override) as PolicyOverride),
    })),
  },
  signIn: {
    profiles: stored.profiles,
    policies: stored.policies.toSorted(inOrder).map(({ policyId: id, version: _version, rules, ...policy }) => ({
      id,
      ...(present(policy) as Omit<DocumentSignInPolicy, 'id' | 'rules'>),
      rules: rulesInOrder(rules).map(
        ({ ruleId, ...rule }) => ({ id: ruleId, ...present(rule) }) as unknown as DocumentRule,
      ),
    })),
    protection: stored.protection,
  },
});

/** What is null is not there: it would be what is left out anyway. */
const present = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

/** The same for the same document, whoever made it and however often. */
export const tagOf = (document: PolicyDocument): string =>
  createHash('sha256').update(JSON.stringify(document)).digest('base64url').slice(0, 22);
