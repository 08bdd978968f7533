import { Problem, type DataOf, type SignInPolicyUpdatedV1 as Updated } from '@curfew/contracts';
import { isDeepStrictEqual } from 'node:util';
import type { SignInRule } from './sign-in-rule.js';

export const STATUSES = ['active', 'inactive'] as const;
export type Status = (typeof STATUSES)[number];

/** Whom a policy is for: the subjects named, and the members of the groups named (SP-15). */
export interface Assignment {
  readonly subjects: readonly string[];
  readonly groups: readonly string[];
}

export interface SignInPolicy {
  readonly policyId: string;
  readonly version: number;
  readonly name: string;
  readonly description: string | null;
  readonly priority: number;
  readonly status: Status;
  /** Of the default policy both lists are empty: it is for everyone. */
  readonly assignment: Assignment;
}

export type PolicyFields = Omit<SignInPolicy, 'policyId' | 'version'>;

/** A policy as it was asked for: what is left out has its default. */
export interface PolicyRequest {
  readonly name: string;
  readonly description?: string | null;
  readonly priority: number;
  readonly status?: Status;
  readonly assignment?: Partial<Assignment>;
}

export const policyFieldsOf = ({ name, description, priority, status, assignment }: PolicyRequest): PolicyFields => ({
  name,
  description: description ?? null,
  priority,
  status: status ?? 'active',
  assignment: assignmentOf(assignment ?? {}),
});

export const assignmentOf = ({ subjects = [], groups = [] }: Partial<Assignment>): Assignment => ({
  subjects: [...new Set(subjects)],
  groups: [...new Set(groups)],
});

export interface PolicyWithRules extends SignInPolicy {
  /** In the order they were made. */
  readonly rules: readonly SignInRule[];
}

export const DEFAULT_POLICY_ID = 'default';

/** Every tenant's from the start (SP-04). */
export const DEFAULT_POLICY: SignInPolicy = {
  policyId: DEFAULT_POLICY_ID,
  version: 1,
  name: 'Default Sign-In Policy',
  description: null,
  priority: 1,
  status: 'active',
  assignment: { subjects: [], groups: [] },
};

/**
 * Higher priority first; of two with the same the older one, whose UUIDv7 is the lesser. `default` is greater than
 * every UUID: what catches all comes after all.
 */
export const inOrder = (
  one: Pick<SignInPolicy, 'priority' | 'policyId'>,
  other: Pick<SignInPolicy, 'priority' | 'policyId'>,
): number => other.priority - one.priority || (one.policyId < other.policyId ? -1 : 1);

/** Of those with the same priority the older one first: `rules` are in the order they were made. */
export const rulesInOrder = (rules: readonly SignInRule[]): SignInRule[] =>
  rules.toSorted((one, other) => other.priority - one.priority);

export type Change = DataOf<typeof Updated>['changes'][number];

/** What differs, field by field. */
export function changesBetween(before: object, after: object): Change[] {
  const [old, now] = [before, after] as Record<string, unknown>[];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => field !== 'version' && !isDeepStrictEqual(old![field], now![field]))
    .map((field) => ({ field, before: old![field] ?? null, after: now![field] ?? null }));
}

const RULE = 'rules.';

/** All of it by field; a rule is the field `rules.<rule id>`. */
export const fieldsOf = ({ rules, ...fields }: PolicyWithRules): Record<string, unknown> => ({
  ...fields,
  ...Object.fromEntries(rules.map((rule) => [`${RULE}${rule.ruleId}`, rule])),
});

/** And back. The version is not among what is compared and kept, so it is not there. */
export function policyOfFields(fields: Readonly<Record<string, unknown>>): PolicyWithRules {
  const entries = Object.entries(fields);
  const policy = Object.fromEntries(entries.filter(([field]) => !field.startsWith(RULE)));
  const rules = entries.filter(([field]) => field.startsWith(RULE)).map(([, rule]) => rule as SignInRule);
  return { ...(policy as unknown as SignInPolicy), rules };
}

/** SP-04, SP-05: it covers everyone and comes last; its words and its rules are its tenant's. Throws `default_sign_in_policy`. */
export function assertStaysDefault({ policyId, priority, status, assignment }: SignInPolicy): void {
  if (policyId !== DEFAULT_POLICY_ID) return;
  const { priority: least, status: active, assignment: everyone } = DEFAULT_POLICY;
  if (!isDeepStrictEqual([priority, status, assignment], [least, active, everyone]))
    throw new Problem('default_sign_in_policy');
}
