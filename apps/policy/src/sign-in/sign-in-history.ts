import type { Change } from './sign-in-policy.js';

/** What one version changed. */
export interface SignInVersion {
  /** A sign-in policy's id, or `protection`. */
  readonly policy: string;
  readonly version: number;
  readonly change: 'created' | 'changed' | 'removed';
  readonly changes: readonly Change[];
  readonly reason: string | null;
  readonly actor: string;
  readonly savedAt: string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Of the history: the settings of sign-in protection, which are no policy. */
export const PROTECTION = 'protection';

/** Null stands for what is not there, and a rule that is not there is no field; of the others null is a value. */
const RULE = /^rules\./;

/** What there was before these versions, the newest first. Undefined: nothing. */
export function undone(
  fields: Fields | undefined,
  versions: readonly Pick<SignInVersion, 'change' | 'changes'>[],
): Fields | undefined {
  return versions.reduce<Fields | undefined>((after, { change, changes }) => {
    if (change === 'created') return undefined;
    const before = new Map(Object.entries(after ?? {}));
    for (const { field, before: value } of changes) {
      if (value === null && RULE.test(field)) before.delete(field);
      else before.set(field, value);
    }
    return Object.fromEntries(before);
  }, fields);
}
