export interface Rule {
  readonly ruleId: string;
  readonly name: string;
  readonly priority: number;
  readonly conditions: Readonly<Record<string, unknown>> & {
    readonly matchAllUsers?: boolean;
    readonly groups?: readonly string[];
    readonly subjects?: readonly string[];
    readonly ip?: readonly string[];
  };
  readonly action: 'ALLOW' | 'DENY';
  readonly profile: string | null;
  readonly mfa: string | null;
  readonly session: Readonly<Record<string, unknown>> | null;
}

export interface SignInPolicy {
  readonly policyId: string;
  readonly name: string;
  readonly description: string | null;
  readonly priority: number;
  readonly status: string;
  readonly assignment: { readonly subjects: readonly string[]; readonly groups: readonly string[] };
  readonly version: number;
  readonly rules: readonly Rule[];
}

const HIGHEST = 1_000;

/** Priorities that say the order the rules stand in. Those there were are given out anew, if no two were the same. */
export function inPlace(rules: readonly Rule[]): Rule[] {
  const falling = rules.every(({ priority }, at) => at === 0 || rules[at - 1]!.priority > priority);
  if (falling) return [...rules];
  const known = rules.map(({ priority }) => priority).sort((a, b) => b - a);
  const distinct = new Set(known).size === known.length;
  const step = Math.max(1, Math.floor(HIGHEST / (rules.length + 1)));
  return rules.map((rule, at) => ({ ...rule, priority: distinct ? known[at]! : HIGHEST - (at + 1) * step }));
}

export const moved = <T>(items: readonly T[], from: number, to: number): T[] => {
  const rest = items.filter((_, at) => at !== from);
  return [...rest.slice(0, to), items[from]!, ...rest.slice(to)];
};

/** As it is sent: with DENY there is nothing to sign in with. */
export const sent = ({ profile, mfa, session, ...rule }: Rule): object =>
  rule.action === 'DENY'
    ? rule
    : { ...rule, ...(profile ? { profile } : {}), ...(mfa ? { mfa } : {}), ...(session ? { session } : {}) };
