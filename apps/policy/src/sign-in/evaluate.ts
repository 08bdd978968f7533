import { addressOf, isWithin, rangeOf } from './address-range.js';
import { DEFAULT_POLICY_ID, inOrder, rulesInOrder, type PolicyWithRules, type SignInPolicy } from './sign-in-policy.js';
import type { Action, Conditions, DeviceState, SessionParameters, SignInRule } from './sign-in-rule.js';
import { isInWindow, localTime, type LocalTime } from './time-window.js';

/** Somebody who wants to sign in. */
export interface Attempt {
  readonly subject: string;
  readonly groups: readonly string[];
  readonly ip: string;
  readonly at: Date;
  readonly device: DeviceState;
  /** From 0 to 100; undefined: nobody has said, so no condition on it holds. */
  readonly risk: number | undefined;
}

export type Unmet = 'status' | 'assignment' | 'rules' | 'users' | 'ip' | 'time' | 'device' | 'risk';

export interface Passed {
  readonly policyId: string;
  /** Null: the policy as a whole did not come into question. */
  readonly ruleId: string | null;
  readonly unmet: Unmet[];
}

export interface Verdict {
  readonly decision: Action;
  readonly reason: 'rule_matched' | 'no_rule_matched';
  /** Null: nothing matched. */
  readonly policyId: string | null;
  readonly ruleId: string | null;
  readonly profile: string | null;
  readonly mfa: string | null;
  readonly session: SessionParameters | null;
  /** What the person goes through, in this order (SP-13). */
  readonly steps: ('profile' | 'mfa')[];
  /** Why what comes before the match did not match: the first of them. */
  readonly why: Passed[];
  /** How many there are of those, also where `why` shows fewer. */
  readonly passed: number;
}

/** An answer is read by people, and does not grow with the policies. */
const MOST_SHOWN = 100;

interface Facts extends Omit<Attempt, 'groups' | 'ip'> {
  readonly groups: ReadonlySet<string>;
  readonly address: ReturnType<typeof addressOf>;
  readonly clock: (timeZone: string) => LocalTime;
}

type Test = readonly [Unmet, (facts: Facts) => boolean];

interface CompiledRule {
  readonly rule: SignInRule;
  readonly tests: readonly Test[];
}

interface CompiledPolicy {
  readonly policyId: string;
  readonly tests: readonly Test[];
  readonly rules: readonly CompiledRule[];
}

/** A tenant's policies in the order they are asked in, ready to be asked. */
export type CompiledPolicies = readonly CompiledPolicy[];

/** Policies in any order, the rules of each in the order they were made. */
export const compile = (policies: readonly PolicyWithRules[]): CompiledPolicies =>
  policies.toSorted(inOrder).map(({ rules, ...policy }) => ({
    policyId: policy.policyId,
    tests: testsOfPolicy(policy, rules.length),
    rules: rulesInOrder(rules).map((rule) => ({ rule, tests: testsOfRule(rule.conditions) })),
  }));

function testsOfPolicy({ policyId, status, assignment }: SignInPolicy, rules: number): Test[] {
  const tests: Test[] = [['status', () => status === 'active']];
  if (policyId !== DEFAULT_POLICY_ID) tests.push(['assignment', among(assignment)]);
  tests.push(['rules', () => rules > 0]);
  return tests;
}

function testsOfRule({ matchAllUsers, ip, time, device, risk, ...named }: Conditions): Test[] {
  const tests: Test[] = [];
  if (!matchAllUsers) tests.push(['users', among(named)]);
  if (ip) {
    const ranges = ip.map(rangeOf);
    tests.push(['ip', ({ address }) => address !== undefined && ranges.some((range) => isWithin(address, range))]);
  }
  if (time) tests.push(['time', ({ clock }) => isInWindow(time, clock(time.timeZone))]);
  if (device) tests.push(['device', (facts) => device.includes(facts.device)]);
  if (risk) {
    const { above = -1, below = 101 } = risk;
    tests.push(['risk', (facts) => facts.risk !== undefined && above < facts.risk && facts.risk < below]);
  }
  return tests;
}

function among({ subjects, groups }: Pick<Conditions, 'subjects' | 'groups'>): Test[1] {
  const people = new Set(subjects);
  return (facts) => people.has(facts.subject) || groups.some((group) => facts.groups.has(group));
}

const unmetOf = (tests: readonly Test[], facts: Facts): Unmet[] =>
  tests.filter(([, holds]) => !holds(facts)).map(([name]) => name);

/**
 * The first rule that matches decides everything (SP-07). A policy of which no rule matches leaves it to the next; when
 * none matches at all, the answer is no.
 */
export function evaluate(policies: CompiledPolicies, { groups, ip, ...attempt }: Attempt): Verdict {
  const facts: Facts = { ...attempt, groups: new Set(groups), address: addressOf(ip), clock: clockAt(attempt.at) };
  const why: Passed[] = [];
  let passed = 0;
  const pass = (policyId: string, ruleId: string | null, unmet: Unmet[]): void => {
    if (++passed <= MOST_SHOWN) why.push({ policyId, ruleId, unmet });
  };
  for (const { policyId, tests, rules } of policies) {
    const unmet = unmetOf(tests, facts);
    if (unmet.length > 0) {
      pass(policyId, null, unmet);
      continue;
    }
    for (const { rule, tests: conditions } of rules) {
      const missing = unmetOf(conditions, facts);
      if (missing.length === 0) return { ...matched(policyId, rule), why, passed };
      pass(policyId, rule.ruleId, missing);
    }
  }
  return { ...NOTHING, why, passed };
}

const matched = (
  policyId: string,
  { ruleId, action, profile, mfa, session }: SignInRule,
): Omit<Verdict, 'why' | 'passed'> => ({
  ...{ decision: action, reason: 'rule_matched', policyId, ruleId, profile, mfa, session },
  steps: [...(profile === null ? [] : ['profile' as const]), ...(mfa === null ? [] : ['mfa' as const])],
});

const NOTHING: Omit<Verdict, 'why' | 'passed'> = {
  decision: 'DENY',
  reason: 'no_rule_matched',
  policyId: null,
  ruleId: null,
  profile: null,
  mfa: null,
  session: null,
  steps: [],
};

/** One look at each time zone an attempt: asking it is dear next to everything else. */
function clockAt(at: Date): Facts['clock'] {
  const seen = new Map<string, LocalTime>();
  return (timeZone) => {
    let local = seen.get(timeZone);
    if (!local) seen.set(timeZone, (local = localTime(at, timeZone)));
    return local;
  };
}
