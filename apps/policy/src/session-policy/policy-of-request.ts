import { DefaultPolicy, invalidField, type PolicyField, type PolicyOverride } from '@curfew/contracts';
import { Value } from '@sinclair/typebox/value';
import { said } from './session-policy.store.js';

/** As it was asked for: what is left out has its default. */
export interface OverrideRequest {
  readonly values: Partial<PolicyOverride['values']>;
  readonly exact?: readonly string[];
  readonly reason?: string;
  readonly expiresAt?: string;
  readonly privileged?: boolean;
}

/** Throws `invalid_field`. */
export function defaultPolicyOf(request: object): DefaultPolicy {
  const document = { applications: {}, ...said(request) } as DefaultPolicy;
  const wrong = Value.Errors(DefaultPolicy, document).First();
  if (wrong) throw invalidField(wrong.path.slice(1).replaceAll('/', '.'), wrong.message);
  return document;
}

export const overrideOf = ({ values, exact, reason, expiresAt, privileged }: OverrideRequest): PolicyOverride => ({
  values: said(values),
  exact: [...new Set(exact ?? [])].sort() as PolicyField[],
  reason: reason ?? null,
  expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
  privileged: privileged ?? false,
});
