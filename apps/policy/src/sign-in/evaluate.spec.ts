import fc from 'fast-check';
import { compile, evaluate, type Attempt, type Unmet, type Verdict } from './evaluate.js';
import { DEFAULT_POLICY, type PolicyWithRules } from './sign-in-policy.js';
import { DEVICE_STATES, ruleOf, type Conditions, type RuleRequest, type SignInRule } from './sign-in-rule.js';
import { DAYS } from './time-window.js';

const attempt: Attempt = {
  ...{ subject: 'ada', groups: ['finance'], ip: '203.0.113.7', at: new Date('2026-11-02T10:00:00Z') },
  ...{ device: 'unknown', risk: undefined },
};
/** As UUIDv7 sort. */
const idOf = (at: number): string => `01a20b9e-7600-7000-8000-${String(at).padStart(12, '0')}`;
const policy = (at: number, rules: readonly SignInRule[], more: Partial<PolicyWithRules> = {}): PolicyWithRules => ({
  ...{ policyId: idOf(at), version: 1, name: `policy ${at}`, description: null, priority: 100, status: 'active' },
  assignment: { subjects: ['ada'], groups: [] },
  rules,
  ...more,
});
const allow = (ruleId: string, more: Partial<RuleRequest> = {}): SignInRule =>
  ruleOf(ruleId, { name: ruleId, action: 'ALLOW', profile: `profile of ${ruleId}`, ...more });
const deny = (ruleId: string, more: Partial<RuleRequest> = {}): SignInRule =>
  ruleOf(ruleId, { name: ruleId, action: 'DENY', ...more });
const judge = (policies: readonly PolicyWithRules[], more: Partial<Attempt> = {}): Verdict =>
  evaluate(compile(policies), { ...attempt, ...more });
const decidedBy = (policies: readonly PolicyWithRules[], more: Partial<Attempt> = {}) => judge(policies, more).ruleId;

describe('the first match decides', () => {
  it('SP-03 of policies the one of the higher priority, and of two the same the older one', () => {
    const [low, high] = [policy(1, [allow('low')], { priority: 5 }), policy(2, [allow('high')], { priority: 6 })];
    expect(decidedBy([low, high])).toBe('high');
    expect(decidedBy([high, low])).toBe('high');
    expect(decidedBy([policy(4, [allow('younger')]), policy(3, [allow('older')])])).toBe('older');
  });

  it('SP-07 of rules likewise, and it decides everything', () => {
    const rules = [
      allow('first'),
      allow('second'),
      deny('last', { priority: 99 }),
      allow('top', { priority: 101, mfa: 'totp', session: { cap: 1 } }),
    ];
    expect(judge([policy(1, rules)])).toMatchObject({
      ...{ decision: 'ALLOW', reason: 'rule_matched', policyId: idOf(1), ruleId: 'top', passed: 0, why: [] },
      ...{ profile: 'profile of top', mfa: 'totp', session: { cap: 1, absoluteSeconds: 28_800 } },
    });
    expect(decidedBy([policy(1, rules.slice(0, 3))])).toBe('first');
  });

  it('SP-11 a rule that denies decides as well', () => {
    expect(judge([policy(1, [deny('no', { priority: 200 }), allow('yes')])])).toMatchObject({
      ...{ decision: 'DENY', reason: 'rule_matched', ruleId: 'no', profile: null, mfa: null, session: null, steps: [] },
    });
  });

  it('SP-13 the profile comes first, the MFA policy after it', () => {
    const stepsWith = (more: Partial<RuleRequest>) => judge([policy(1, [allow('r', more)])]).steps;
    expect(stepsWith({ mfa: 'totp' })).toEqual(['profile', 'mfa']);
    expect(stepsWith({})).toEqual(['profile']);
    expect(stepsWith({ profile: null, mfa: 'totp' })).toEqual(['mfa']);
  });

  it('nothing matches: no, and it says so', () => {
    const nothing = { decision: 'DENY', reason: 'no_rule_matched', policyId: null, ruleId: null, session: null };
    expect(judge([])).toMatchObject({ ...nothing, passed: 0 });
    expect(judge([{ ...DEFAULT_POLICY, rules: [] }])).toMatchObject({
      ...nothing,
      why: [{ policyId: 'default', ruleId: null, unmet: ['rules'] }],
    });
  });
});

describe('a policy comes into question', () => {
  const byDefault = { ...DEFAULT_POLICY, rules: [allow('by default')] };

  it('SP-15 for a subject it names, or by a group', () => {
    const assigned = (subjects: string[], groups: string[]) =>
      decidedBy([policy(1, [allow('mine')], { assignment: { subjects, groups } }), byDefault]);
    expect(assigned(['ada'], [])).toBe('mine');
    expect(assigned([], ['sales', 'finance'])).toBe('mine');
    expect(assigned(['bob'], ['sales'])).toBe('by default');
    expect(assigned([], [])).toBe('by default');
  });

  it('SP-16 SP-04 others fall through to the default policy, also where none of its rules matches', () => {
    expect(judge([policy(1, [allow('mine')]), byDefault], { subject: 'bob' })).toMatchObject({
      ruleId: 'by default',
      why: [{ policyId: idOf(1), ruleId: null, unmet: ['assignment'] }],
    });
    const elsewhere = allow('elsewhere', { conditions: { ip: ['10.0.0.0/8'] } });
    expect(judge([byDefault, policy(1, [elsewhere])])).toMatchObject({
      ruleId: 'by default',
      why: [{ policyId: idOf(1), ruleId: 'elsewhere', unmet: ['ip'] }],
    });
  });

  it('SP-17 only while it is active', () => {
    expect(judge([policy(1, [allow('mine')], { status: 'inactive' }), byDefault])).toMatchObject({
      ruleId: 'by default',
      why: [{ policyId: idOf(1), ruleId: null, unmet: ['status'] }],
    });
  });
});

describe('a rule matches', () => {
  const time = { days: [...DAYS], from: '18:00', to: '08:00', timeZone: 'Europe/Berlin' };
  const unmet = (conditions: Partial<Conditions>, more: Partial<Attempt> = {}): Unmet[] | undefined =>
    judge([policy(1, [allow('r', { conditions })])], more).why[0]?.unmet;

  it('SP-08 when all its conditions hold, and says which do not', () => {
    const all = {
      groups: ['finance'],
      ip: ['203.0.113.0/24'],
      device: ['compliant'],
      risk: { below: 30 },
      time,
    } as const;
    expect(unmet(all, { groups: [], ip: '10.0.0.1' })).toEqual(['users', 'ip', 'time', 'device', 'risk']);
    const night = { at: new Date('2026-11-02T20:00:00Z') };
    expect(unmet(all, { ...night, device: 'compliant', risk: 29 })).toBeUndefined();
    expect(unmet(all, { ...night, device: 'compliant', risk: 30 })).toEqual(['risk']);
    expect(unmet(all, { ...night, risk: 29 })).toEqual(['device']);
  });

  it('SP-09 everyone, or those who are named', () => {
    expect(unmet({}, { groups: [] })).toBeUndefined();
    expect(unmet({ subjects: ['ada'] })).toBeUndefined();
    expect(unmet({ groups: ['sales', 'finance'] })).toBeUndefined();
    expect(unmet({ subjects: ['bob'], groups: ['sales'] })).toEqual(['users']);
  });

  it('SP-10 from any of its addresses and blocks, however the address is written', () => {
    const ip = ['10.0.0.0/8', '2001:db8::/32', '203.0.113.7'];
    for (const from of ['10.9.9.9', '::ffff:10.9.9.9', '2001:DB8::1', '203.0.113.7'])
      expect(unmet({ ip }, { ip: from })).toBeUndefined();
    for (const from of ['203.0.113.8', '2001:db9::1', '::ffff:203.0.113.8', 'nonsense'])
      expect(unmet({ ip }, { ip: from })).toEqual(['ip']);
  });

  it('RK-01 between its bounds of risk; a risk nobody has said is in none', () => {
    expect(unmet({ risk: { above: 70 } }, { risk: 71 })).toBeUndefined();
    expect(unmet({ risk: { above: 70 } }, { risk: 70 })).toEqual(['risk']);
    expect(unmet({ risk: { below: 101 } as never })).toEqual(['risk']);
  });

  it('SP-25 Block External After Hours', () => {
    const rules = [
      allow('office', { priority: 300, conditions: { ip: ['10.0.0.0/8'] } }),
      deny('Block External After Hours', { priority: 200, conditions: { time } }),
      allow('by day'),
    ];
    const evening = { at: new Date('2026-11-02T17:00:00Z') };
    expect(decidedBy([policy(1, rules)])).toBe('by day');
    expect(judge([policy(1, rules)], evening)).toMatchObject({
      decision: 'DENY',
      ruleId: 'Block External After Hours',
    });
    expect(decidedBy([policy(1, rules)], { ...evening, ip: '10.1.1.1' })).toBe('office');
  });
});

/**
 * The same again as somebody would do it by hand: all rules of all policies in one list, sorted, the first that holds.
 * Addresses and clocks are kept to what it can judge without parsing: /8 blocks, and the hours of UTC.
 */
function naive(policies: readonly PolicyWithRules[], asked: Attempt): readonly [string, string] | undefined {
  const lines = policies.flatMap((of, policyAt) => of.rules.map((rule, ruleAt) => ({ of, rule, policyAt, ruleAt })));
  lines.sort(
    (a, b) =>
      b.of.priority - a.of.priority ||
      Number(a.of.policyId === 'default') - Number(b.of.policyId === 'default') ||
      a.policyAt - b.policyAt ||
      b.rule.priority - a.rule.priority ||
      a.ruleAt - b.ruleAt,
  );
  const isNamed = ({ subjects, groups }: { subjects: readonly string[]; groups: readonly string[] }) =>
    subjects.includes(asked.subject) || asked.groups.some((group) => groups.includes(group));
  const hour = asked.at.getUTCHours();
  const today = (asked.at.getUTCDay() + 6) % 7;
  const holds = ({ matchAllUsers, ip, time, device, risk, ...named }: Conditions): boolean => {
    if (!matchAllUsers && !isNamed(named)) return false;
    if (ip && !ip.some((range) => range.split('.')[0] === asked.ip.split('.')[0])) return false;
    if (device && !device.includes(asked.device)) return false;
    if (risk && (asked.risk === undefined || asked.risk <= (risk.above ?? -1) || asked.risk >= (risk.below ?? 101)))
      return false;
    if (!time) return true;
    const [from, to] = [Number(time.from.slice(0, 2)), Number(time.to.slice(0, 2))];
    const starts = (day: number) => time.days.includes(DAYS[(day + 7) % 7]!);
    const hoursOf = (day: number) => (starts(day) ? (from < to ? [from, to] : [from, to + 24]) : [0, 0]);
    const [[a, b], [c, d]] = [hoursOf(today), hoursOf(today - 1)] as [[number, number], [number, number]];
    return (a <= hour && hour < b) || (c <= hour + 24 && hour + 24 < d);
  };
  const found = lines.find(
    ({ of, rule }) =>
      of.status === 'active' && (of.policyId === 'default' || isNamed(of.assignment)) && holds(rule.conditions),
  );
  return found && [found.of.policyId, found.rule.ruleId];
}

describe('on random policies', () => {
  const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
  const hour = fc.integer({ min: 0, max: 23 }).map((h) => `${String(h).padStart(2, '0')}:00`);
  const SUBJECTS = ['ada', 'bob'];
  const GROUPS = ['finance', 'sales', 'sre'];
  const conditions = fc.record({
    subjects: fc.subarray(SUBJECTS),
    groups: fc.subarray(GROUPS),
    ip: optional(some(['10.1.2.3/8', '::ffff:20.0.0.1/104', '30.0.0.0/8'])),
    time: optional(
      fc
        .record({ days: some(DAYS), from: hour, to: hour, timeZone: fc.constant('UTC') })
        .filter(({ from, to }) => from !== to),
    ),
    device: optional(some(DEVICE_STATES)),
    risk: optional(
      fc.oneof(
        fc.record({ above: fc.integer({ min: 0, max: 98 }) }),
        fc.record({ below: fc.integer({ min: 2, max: 100 }) }),
        fc.record({ above: fc.constant(20), below: fc.integer({ min: 30, max: 90 }) }),
      ),
    ),
  });
  const priority = fc.constantFrom(1, 99, 100, 101, 1_000); // few, so that there are ties
  const rules = fc
    .array(fc.record({ conditions, priority, denies: fc.boolean() }), { maxLength: 4 })
    .map((list) => list.map(({ denies, ...of }, at) => (denies ? deny(`rule ${at}`, of) : allow(`rule ${at}`, of))));
  const assignment = fc.record({ subjects: fc.subarray(SUBJECTS), groups: fc.subarray(GROUPS) });
  const status = fc.constantFrom('active', 'active', 'inactive') as fc.Arbitrary<'active' | 'inactive'>;
  const policies = fc
    .tuple(fc.array(fc.record({ rules, priority, assignment, status }), { maxLength: 4 }), rules)
    .map(([custom, ofDefault]) => [
      ...custom.map(({ rules: own, ...more }, at) => policy(at + 1, own, more)),
      { ...DEFAULT_POLICY, rules: ofDefault },
    ]);
  const attempts = fc.record({
    subject: fc.constantFrom(...SUBJECTS),
    groups: fc.subarray(GROUPS),
    ip: fc.constantFrom('10.9.9.9', '20.9.9.9', '30.9.9.9', '40.9.9.9'),
    at: fc.date({ min: new Date('2024-01-01'), max: new Date('2029-01-01'), noInvalidDate: true }),
    device: fc.constantFrom(...DEVICE_STATES),
    risk: optional(fc.integer({ min: 0, max: 100 })),
  });

  const nobody = Array.from({ length: 100 }, (_, at) =>
    deny(`of nobody ${at}`, { conditions: { subjects: ['nobody'] } }),
  );
  // The oldest, so that it is asked first also of those with its priority.
  const ofNobody = policy(0, nobody, { priority: 1_000, assignment: { subjects: SUBJECTS, groups: [] } });

  it('SP-03 SP-07 SP-08 SP-15 SP-16 SP-17 decides like a naive model, whatever the order they were read in', () => {
    let matches = 0;
    fc.assert(
      fc.property(policies, attempts, fc.boolean(), fc.nat(9), (of, asked, reversed, late) => {
        const expected = naive(of, asked);
        // Behind as many as are told of, rules are found in another way.
        const all = late === 0 ? [...of, ofNobody] : of;
        const verdict = evaluate(compile(reversed ? all.toReversed() : all), asked);
        if (expected) matches++;
        // Whoever matches nothing is never let in, and each line that was passed over has its reason.
        const explained = verdict.why.every(({ unmet }) => unmet.length > 0);
        const right = expected
          ? verdict.policyId === expected[0] && verdict.ruleId === expected[1]
          : verdict.ruleId === null && verdict.decision === 'DENY';
        const counted = late !== 0 || verdict.passed === 100 + evaluate(compile(of), asked).passed;
        return explained && right && counted;
      }),
      { numRuns: 10_000 },
    );
    expect(matches).toBeGreaterThan(2_000); // or it would have been about nothing
  });
});

it('10,000 rules are judged in bounded time, and the answer does not grow with them', () => {
  const time = { days: [...DAYS], from: '08:00', to: '08:01', timeZone: 'Europe/Berlin' };
  const named = (at: number) => ({ ip: [`10.${at >> 8}.${at & 255}.0/24`], groups: ['nobody'], time });
  const all = Array.from({ length: 10 }, (_, p) =>
    policy(
      p,
      Array.from({ length: 1_000 }, (_, r) => allow(`rule ${r}`, { conditions: named(1_000 * p + r) })),
    ),
  );
  const groups = Array.from({ length: 100_000 }, (_, at) => `group ${at}`);
  const began = performance.now();
  const verdict = evaluate(compile(all), { ...attempt, groups });
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(verdict).toMatchObject({ decision: 'DENY', passed: 10_000 });
  expect(verdict.why).toHaveLength(100);
});
