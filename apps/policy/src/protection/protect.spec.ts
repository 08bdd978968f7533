import type { Verdict } from '../sign-in/evaluate.js';
import type { ProfileKind } from '../sign-in/sign-in-profile.js';
import { INITIAL_SESSION } from '../sign-in/sign-in-rule.js';
import { INITIAL_PROTECTION, protectionOf, type ProtectionRequest } from './protection.js';
import { locksUntil, protect, sourceOf, type Decision, type FailureRecord } from './protect.js';

const NOW = Date.parse('2026-11-02T10:00:00Z');
const [MINUTE, HOUR] = [60_000, 3_600_000];
const allowed: Verdict = {
  ...{ decision: 'ALLOW', reason: 'rule_matched', policyId: 'default', ruleId: 'everyone', profile: 'corporate' },
  ...{ mfa: null, session: INITIAL_SESSION, steps: ['profile'], why: [], passed: 0 },
};
const denied: Verdict = {
  ...allowed,
  ...{ decision: 'DENY', profile: null, session: null, steps: [] },
};
const NOBODY: FailureRecord = { failures: [], lockedUntil: undefined };
const failed = (...ago: number[]): FailureRecord => ({ ...NOBODY, failures: ago.map((ms) => NOW - ms) });
const kinds = new Map<string, ProfileKind>([
  ['corporate', 'directory'],
  ['elsewhere', 'federated'],
]);

interface Case {
  readonly verdict?: Verdict;
  readonly user?: FailureRecord;
  readonly ip?: FailureRecord;
  readonly risk?: number;
  readonly from?: string;
  readonly purpose?: 'sign-up';
}
const decide = (
  protection: ProtectionRequest,
  { verdict = allowed, user = NOBODY, ip = NOBODY, risk, from = '203.0.113.7', purpose }: Case = {},
): Decision =>
  protect(
    verdict,
    protectionOf(protection),
    { now: NOW, user, ip },
    { ip: from, risk, purpose: purpose ?? 'sign-in' },
    kinds,
  );

describe('LK-01 LK-03 the newest failure locks when it fills a window', () => {
  const quick = { failures: 3, withinSeconds: 60, lockSeconds: 300 };
  const slow = { failures: 4, withinSeconds: 7_200, lockSeconds: 3_600 };
  it.each<[string, number[], number | undefined]>([
    ['one too few', [0, 1], undefined],
    ['as many as it takes', [0, 1, 59_999], 300_000],
    ['the first of them just too old', [0, 1, MINUTE], undefined],
    ['the slow window', [0, HOUR, HOUR + 1, 2 * HOUR - 1], 3_600_000],
    ['both: the longer lock', [0, 1, 2, 3], 3_600_000],
  ])('%s', (_, ago, locks) => {
    const { failures } = failed(...ago);
    expect(locksUntil(failures, [quick, slow])).toBe(locks === undefined ? undefined : NOW + locks);
  });

  it('no window is no lock', () => expect(locksUntil(failed(0, 0, 0).failures, [])).toBeUndefined());
});

it('LK-01 LK-02 who is locked is not let in, and is told until when', () => {
  const [user, ip] = [
    { ...NOBODY, lockedUntil: NOW + 1 },
    { ...NOBODY, lockedUntil: NOW + MINUTE },
  ];
  const out = { decision: 'DENY', profile: null, mfa: null, session: null, steps: [], policyId: 'default' };
  expect(decide({}, { user })).toMatchObject({
    ...out,
    reason: 'user_locked',
    lockedUntil: new Date(NOW + 1).toISOString(),
  });
  const until = new Date(NOW + MINUTE).toISOString();
  expect(decide({}, { ip })).toMatchObject({ ...out, reason: 'ip_locked', lockedUntil: until });
  expect(decide({}, { user, ip })).toMatchObject({ ...out, reason: 'user_locked', lockedUntil: until });
  expect(decide({}, { user: { ...NOBODY, lockedUntil: NOW } })).toMatchObject({ decision: 'ALLOW', lockedUntil: null });
});

it('LK-02 an address counts as itself, an IPv6 one by its /64', () => {
  expect(sourceOf('::ffff:203.0.113.7')).toBe('203.0.113.7');
  expect(sourceOf('2001:db8:0:1:2:3:4:5')).toBe('2001:db8:0:1::/64');
  expect(sourceOf('2001:DB8:0:1::9')).toBe(sourceOf('2001:db8:0:1:ffff::'));
});

it('RK-01 at X it asks for MFA, at Y it blocks, and it never lets in whom a rule denies', () => {
  const risk = { mfaAt: 40, blockAt: 70 };
  expect(decide({ risk }, { risk: 39 }).steps).toEqual(['profile']);
  expect(decide({ risk }, { risk: 40 }).steps).toEqual(['profile', 'mfa']);
  expect(decide({ risk }, { risk: 69 }).decision).toBe('ALLOW');
  expect(decide({ risk }, { risk: 70 })).toMatchObject({ decision: 'DENY', reason: 'risk_too_high', steps: [] });
  expect(decide({ risk }).steps).toEqual(['profile']); // nobody has said
  expect(decide({ risk: { mfaAt: null, blockAt: null } }, { risk: 100 })).toMatchObject({ decision: 'ALLOW' });
  const withMfa: Verdict = { ...allowed, mfa: 'totp', steps: ['profile', 'mfa'] };
  expect(decide({ risk }, { risk: 50, verdict: withMfa })).toMatchObject({ mfa: 'totp', steps: ['profile', 'mfa'] });
  expect(decide({ risk }, { risk: 100, verdict: denied })).toMatchObject({ decision: 'DENY', reason: 'rule_matched' });
});

describe('captcha', () => {
  const hasCaptcha = (captcha: ProtectionRequest['captcha'], more: Case = {}) =>
    decide({ captcha: { afterFailures: null, ...captcha } }, more).steps[0] === 'captcha';

  it('CP-01 after so many failures from one address within so long', () => {
    const captcha = { afterFailures: 2, withinSeconds: 60 };
    expect(hasCaptcha(captcha, { ip: failed(0) })).toBe(false);
    expect(hasCaptcha(captcha, { ip: failed(0, 59_999) })).toBe(true);
    expect(hasCaptcha(captcha, { ip: failed(0, MINUTE) })).toBe(false);
    expect(hasCaptcha(captcha, { user: failed(0, 0) })).toBe(false);
    expect(hasCaptcha({}, { ip: failed(0, 0, 0) })).toBe(false);
    expect(decide({ captcha }, { ip: failed(0, 0), risk: 70 }).steps).toEqual(['captcha', 'profile', 'mfa']);
    expect(hasCaptcha(captcha, { ip: failed(0, 0), verdict: denied })).toBe(false);
  });

  it('CP-02 at a sign-up from a suspicious address', () => {
    const purpose = 'sign-up';
    const captcha = { suspiciousIps: ['198.51.100.9/24'] };
    expect(hasCaptcha(captcha, { purpose })).toBe(false);
    expect(hasCaptcha(captcha, { purpose, from: '::ffff:198.51.100.1' })).toBe(true);
    expect(hasCaptcha(captcha, { from: '198.51.100.1' })).toBe(false);
    expect(hasCaptcha(captcha, { purpose, ip: failed(1) })).toBe(true);
  });

  it('CP-03 always where a password is all that is asked for', () => {
    const captcha = { alwaysForPasswordOnly: true };
    expect(hasCaptcha(captcha)).toBe(true);
    expect(hasCaptcha(captcha, { verdict: { ...allowed, profile: 'elsewhere' } })).toBe(false);
    expect(hasCaptcha(captcha, { verdict: { ...allowed, mfa: 'totp', steps: ['profile', 'mfa'] } })).toBe(false);
    expect(hasCaptcha(captcha, { risk: 60 })).toBe(false); // the risk asks for MFA
  });

  it('CP-04 PB-03 none for a range it is lifted for, until then', () => {
    const lifted = (ms: number) => ({
      ...{ afterFailures: 1, alwaysForPasswordOnly: true },
      liftedFor: [{ range: '203.0.113.0/24', until: new Date(NOW + ms).toISOString() }],
    });
    expect(hasCaptcha(lifted(1), { ip: failed(0) })).toBe(false);
    expect(hasCaptcha(lifted(0), { ip: failed(0) })).toBe(true);
    expect(hasCaptcha(lifted(1), { ip: failed(0), from: '203.0.114.1' })).toBe(true);
  });
});

it('what is left out is as it is at first, and ranges are kept in one form', () => {
  expect(protectionOf({})).toEqual(INITIAL_PROTECTION);
  expect(protectionOf({ lockout: { user: [] } }).lockout).toEqual({ user: [], ip: INITIAL_PROTECTION.lockout.ip });
  const until = '2026-11-02T11:00:00+01:00';
  expect(
    protectionOf({ captcha: { suspiciousIps: ['10.1.2.3/8'], liftedFor: [{ range: '::ffff:10.0.0.1', until }] } })
      .captcha,
  ).toMatchObject({
    suspiciousIps: ['10.0.0.0/8'],
    liftedFor: [{ range: '10.0.0.1', until: '2026-11-02T10:00:00.000Z' }],
  });
});

it.each<[ProtectionRequest, string]>([
  [{ risk: { mfaAt: 50, blockAt: 50 } }, 'risk.blockAt'],
  [{ risk: { mfaAt: 95 } }, 'risk.blockAt'],
  [{ captcha: { suspiciousIps: ['10.0.0.1', 'office'] } }, 'captcha.suspiciousIps.1'],
  [{ captcha: { liftedFor: [{ range: '10/8', until: '2026-11-02T10:00:00Z' }] } }, 'captcha.liftedFor.0.range'],
])('RK-01 CP-04 %j is refused by its field', (asked, field) => {
  let problem: unknown;
  try {
    protectionOf(asked);
  } catch (error) {
    problem = error;
  }
  expect(problem).toMatchObject({ code: 'unprocessable_field', more: { errors: [{ field }] } });
});
