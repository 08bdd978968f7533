import type { PolicyField, SessionPolicy } from '@curfew/contracts';

/** How the values of one field compare. */
interface Rule<T> {
  /** What holds where both apply. */
  readonly strictest: (a: T, b: T) => T;
  readonly isSame: (a: T, b: T) => boolean;
}

/** The smaller number; any number before none. */
const smallest: Rule<number | null> = {
  strictest: (a, b) => (a === null ? b : b === null ? a : Math.min(a, b)),
  isSame: (a, b) => a === b,
};

/** The choices, the strictest first. */
const firstOf = <T extends string | boolean>(...choices: readonly T[]): Rule<T> => ({
  strictest: (a, b) => (choices.indexOf(a) <= choices.indexOf(b) ? a : b),
  isSame: (a, b) => a === b,
});

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  new Set(a).size === new Set(b).size && a.every((item) => b.includes(item));
const sorted = (items: readonly string[]): string[] => [...new Set(items)].sort();

const intersection: Rule<string[]> = {
  strictest: (a, b) => sorted(a.filter((item) => b.includes(item))),
  isSame: isSameSet,
};

const union: Rule<string[]> = { strictest: (a, b) => sorted([...a, ...b]), isSame: isSameSet };

/** Each field's order, in one place. */
export const FIELD_RULES: { readonly [F in PolicyField]: Rule<SessionPolicy[F]> } = {
  absoluteSeconds: smallest as Rule<number>,
  idleSeconds: smallest,
  reauthSeconds: smallest,
  cap: smallest,
  overCap: firstOf('block', 'evict'),
  applicationCap: smallest,
  applicationOverCap: firstOf('block', 'evict'),
  refreshSeconds: smallest,
  accessTokenSeconds: smallest as Rule<number>,
  persistent: firstOf(false, true),
  mfa: firstOf('required', 'optional', 'off'),
  mfaGraceDays: smallest as Rule<number>,
  factors: intersection,
  auditLevel: firstOf('detailed', 'standard'),
  triggers: union,
};

export type Direction = 'tightens' | 'loosens' | 'same';

/** Sets that neither holds the other loosen: what is new in them was not allowed, or not reached, before. */
export function directionOf<F extends PolicyField>(
  field: F,
  before: SessionPolicy[F],
  after: SessionPolicy[F],
): Direction {
  const { strictest, isSame } = FIELD_RULES[field];
  if (isSame(before, after)) return 'same';
  return isSame(strictest(before, after), after) ? 'tightens' : 'loosens';
}
