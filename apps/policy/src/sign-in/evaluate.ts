import { blocksOf, nthBlock, placeOf, withinAny, type Place } from './address-range.js';
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
  readonly place: Place | undefined;
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
  readonly whom: Whom;
}

/** Where the rules of a policy stand that may be about somebody: of thousands that name people, or IPv4 addresses, it is a few. */
interface Whom {
  readonly everyone: readonly number[];
  /** Those about everyone in a block, by the length of its prefix, then by which of that length it is. */
  readonly byBlock: ReadonlyMap<number, ReadonlyMap<number, readonly number[]>>;
  readonly bySubject: ReadonlyMap<string, readonly number[]>;
  readonly byGroup: ReadonlyMap<string, readonly number[]>;
}

/** A tenant's policies in the order they are asked in, ready to be asked. */
export type CompiledPolicies = readonly CompiledPolicy[];

/** Policies in any order, the rules of each in the order they were made. */
export const compile = (policies: readonly PolicyWithRules[]): CompiledPolicies =>
  policies.toSorted(inOrder).map(({ rules, ...policy }) => {
    const inTurn = rulesInOrder(rules);
    return {
      policyId: policy.policyId,
      tests: testsOfPolicy(policy, rules.length),
      rules: inTurn.map((rule) => ({ rule, tests: testsOfRule(rule.conditions) })),
      whom: whomOf(inTurn),
    };
  });

function whomOf(rules: readonly SignInRule[]): Whom {
  const everyone: number[] = [];
  const [bySubject, byGroup] = [new Map<string, number[]>(), new Map<string, number[]>()];
  const byBlock = new Map<number, Map<number, number[]>>();
  rules.forEach(({ conditions: { matchAllUsers, subjects, groups, ip } }, at) => {
    const blocks = ip && matchAllUsers ? blocksOf(ip) : undefined;
    if (blocks)
      for (const [bits, nth] of blocks) {
        const ofLength = byBlock.get(bits) ?? new Map<number, number[]>();
        byBlock.set(bits, ofLength);
        add(ofLength, nth, at);
      }
    else if (matchAllUsers) everyone.push(at);
    else {
      for (const subject of subjects) add(bySubject, subject, at);
      for (const group of groups) add(byGroup, group, at);
    }
  });
  return { everyone, byBlock, bySubject, byGroup };
}

function add<K>(map: Map<K, number[]>, key: K, at: number): void {
  const places = map.get(key);
  if (places) places.push(at);
  else map.set(key, [at]);
}

/** The places of the rules that may match, in their order. */
function placesFor(
  { everyone, byBlock, bySubject, byGroup }: Whom,
  { subject, groups, place }: Facts,
): readonly number[] {
  // Somebody may be in more groups than are named, or in fewer.
  const ofGroups =
    groups.size < byGroup.size
      ? [...groups].flatMap((group) => byGroup.get(group) ?? [])
      : [...byGroup].flatMap(([group, places]) => (groups.has(group) ? places : []));
  const v4 = place?.v4;
  const here =
    v4 === undefined ? [] : [...byBlock].flatMap(([bits, ofLength]) => ofLength.get(nthBlock(v4, bits)) ?? []);
  const named = new Set([...(bySubject.get(subject) ?? []), ...ofGroups, ...here]);
  return named.size === 0 ? everyone : [...everyone, ...named].sort((a, b) => a - b);
}

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
    const isWithin = withinAny(ip);
    tests.push(['ip', ({ place }) => place !== undefined && isWithin(place)]);
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

function unmetOf(tests: readonly Test[], facts: Facts): Unmet[] {
  const unmet: Unmet[] = [];
  for (const [name, holds] of tests) if (!holds(facts)) unmet.push(name);
  return unmet;
}

/**
 * The first rule that matches decides everything (SP-07). A policy of which no rule matches leaves it to the next; when
 * none matches at all, the answer is no.
 */
export function evaluate(policies: CompiledPolicies, { groups, ip, ...attempt }: Attempt): Verdict {
  const facts: Facts = { ...attempt, groups: new Set(groups), place: placeOf(ip), clock: clockAt(attempt.at) };
  const why: Passed[] = [];
  let passed = 0;
  const pass = (policyId: string, ruleId: string | null, unmet: Unmet[]): void => {
    if (++passed <= MOST_SHOWN) why.push({ policyId, ruleId, unmet });
  };
  for (const { policyId, tests, rules, whom } of policies) {
    const unmet = unmetOf(tests, facts);
    if (unmet.length > 0) {
      pass(policyId, null, unmet);
      continue;
    }
    // As long as `why` tells of them each is asked for all that is unmet; after that only where the first match is.
    const told = Math.min(rules.length, MOST_SHOWN - Math.min(passed, MOST_SHOWN));
    for (const { rule, tests: conditions } of rules.slice(0, told)) {
      const missing = unmetOf(conditions, facts);
      if (missing.length === 0) return { ...matched(policyId, rule), why, passed };
      pass(policyId, rule.ruleId, missing);
    }
    const at = told < rules.length ? firstMatch(rules, whom, told, facts) : undefined;
    if (at !== undefined) return { ...matched(policyId, rules[at]!.rule), why, passed: passed + at - told };
    passed += rules.length - told;
  }
  return { ...NOTHING, why, passed };
}

const firstMatch = (rules: readonly CompiledRule[], whom: Whom, from: number, facts: Facts): number | undefined =>
  placesFor(whom, facts).find((at) => at >= from && rules[at]!.tests.every(([, holds]) => holds(facts)));

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
