import { DEFAULT_POLICY_ID, inOrder, type SignInPolicy } from './sign-in-policy.js';

/** A policy somebody is under, and how it comes. */
export interface AssignedPolicy {
  readonly policyId: string;
  readonly name: string;
  /** Named themselves; of the default policy everyone is. */
  readonly directly: boolean;
  /** Those of their groups that it names. */
  readonly groups: readonly string[];
}

export interface Assigned {
  readonly subject: string;
  /** Active ones, in the order they are asked: the first whose rules match decides. */
  readonly policies: readonly AssignedPolicy[];
}

/** Who is under which sign-in policy, directly or by group: for whoever reviews it (AU-09). */
export function assignmentsOf(
  policies: readonly SignInPolicy[],
  people: readonly { readonly subjectId: string; readonly groups: readonly string[] }[],
): Assigned[] {
  const asked = policies
    .filter(({ status }) => status === 'active')
    .toSorted(inOrder)
    .map(({ policyId, name, assignment: { subjects, groups } }) => ({
      ...{ policyId, name, subjects: new Set(subjects), groups: new Set(groups) },
    }));
  return people.map(({ subjectId, groups }) => ({
    subject: subjectId,
    policies: asked
      .map(({ policyId, name, subjects, groups: named }) => ({
        ...{ policyId, name, directly: policyId === DEFAULT_POLICY_ID || subjects.has(subjectId) },
        groups: groups.filter((group) => named.has(group)).sort(),
      }))
      .filter(({ directly, groups: by }) => directly || by.length > 0),
  }));
}
