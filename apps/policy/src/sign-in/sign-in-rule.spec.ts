import type { Problem } from '@curfew/contracts';
import { changesBetween, DEFAULT_POLICY, inOrder } from './sign-in-policy.js';
import { ruleOf, type RuleRequest } from './sign-in-rule.js';

const allow: RuleRequest = { name: 'Office', action: 'ALLOW', profile: 'corporate' };
const made = (more: Partial<RuleRequest>) => ruleOf('r', { ...allow, ...more });

it('SP-06 SP-14 what a rule leaves out has its default', () => {
  expect(made({})).toEqual({
    ruleId: 'r',
    name: 'Office',
    priority: 100,
    conditions: { matchAllUsers: true, groups: [], subjects: [] },
    action: 'ALLOW',
    profile: 'corporate',
    mfa: null,
    session: { absoluteSeconds: 28_800, idleSeconds: 3_600, cap: 3, persistent: false, auditLevel: 'DETAILED' },
  });
  expect(made({ session: { idleSeconds: null, cap: null } }).session).toMatchObject({ idleSeconds: null, cap: null });
  expect(ruleOf('r', { name: 'No', action: 'DENY' })).toMatchObject({ profile: null, mfa: null, session: null });
});

it('SP-10 keeps conditions in one form', () => {
  const time = { days: ['mon', 'mon'], from: '18:00', to: '08:00', timeZone: 'europe/berlin' } as const;
  const conditions = { ip: ['10.1.2.3/8', '10.0.0.0/8', '::ffff:203.0.113.7'], time, groups: ['a', 'a'] };
  expect(made({ conditions }).conditions).toEqual({
    matchAllUsers: false,
    groups: ['a'],
    subjects: [],
    ip: ['10.0.0.0/8', '203.0.113.7'],
    time: { days: ['mon'], from: '18:00', to: '08:00', timeZone: 'Europe/Berlin' },
  });
});

const time = { days: ['mon'], from: '09:00', to: '17:00', timeZone: 'UTC' } as const;
it.each<[string, Partial<RuleRequest>, string]>([
  ['SP-02 priority 0', { priority: 0 }, 'priority'],
  ['SP-02 priority 1001', { priority: 1_001 }, 'priority'],
  ['SP-12 ALLOW with neither profile nor MFA', { profile: null }, 'profile'],
  ['a profile with DENY', { action: 'DENY' }, 'profile'],
  ['a session with DENY', { action: 'DENY', profile: null, session: {} }, 'session'],
  ['SP-09 some, but nobody named', { conditions: { matchAllUsers: false } }, 'conditions.matchAllUsers'],
  ['SP-09 all, and somebody named', { conditions: { matchAllUsers: true, groups: ['g'] } }, 'conditions.matchAllUsers'],
  ['SP-10 no address', { conditions: { ip: ['10.0.0.1', 'office'] } }, 'conditions.ip.1'],
  ['SP-10 from nowhere', { conditions: { ip: [] } }, 'conditions.ip'],
  ['no device state', { conditions: { device: [] } }, 'conditions.device'],
  ['an unknown time zone', { conditions: { time: { ...time, timeZone: 'Mars/Base' } } }, 'conditions.time.timeZone'],
  ['no days', { conditions: { time: { ...time, days: [] } } }, 'conditions.time.days'],
  ['an empty window', { conditions: { time: { ...time, to: '09:00' } } }, 'conditions.time.to'],
  ['risk without a bound', { conditions: { risk: {} } }, 'conditions.risk'],
  ['RK-01 risk above 70 and below 71', { conditions: { risk: { above: 70, below: 71 } } }, 'conditions.risk.below'],
  ['RK-01 risk above 100', { conditions: { risk: { above: 100 } } }, 'conditions.risk.below'],
])('%s is refused by its field', (_, more, field) => {
  let problem: Problem | undefined;
  try {
    made(more);
  } catch (error) {
    problem = error as Problem;
  }
  expect(problem).toMatchObject({ code: 'unprocessable_field', status: 422, more: { errors: [{ field }] } });
});

it('changes are those fields that differ, and the version is none', () => {
  const changed = { ...DEFAULT_POLICY, version: 2, description: 'For all', assignment: { subjects: [], groups: [] } };
  expect(changesBetween(DEFAULT_POLICY, changed)).toEqual([{ field: 'description', before: null, after: 'For all' }]);
  expect(changesBetween({}, { a: 1 })).toEqual([{ field: 'a', before: null, after: 1 }]);
  expect(changesBetween({ a: 1, b: undefined }, {})).toEqual([{ field: 'a', before: 1, after: null }]);
});

it('SP-04 the default policy comes after all, also after those of its own priority', () => {
  const id = '01a20b9e-7600-7c51-9b02-6d2f1f0a77e1';
  expect([DEFAULT_POLICY, { priority: 1, policyId: id }].toSorted(inOrder)[1]).toBe(DEFAULT_POLICY);
});
