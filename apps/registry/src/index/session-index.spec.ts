import { barrierTargets, isDeadBy, isExpired } from './session-index.js';

const session = {
  tenant: 'acme',
  sessionId: 's',
  clientId: 'payroll',
  subjectId: 'ada',
  deviceId: 'laptop',
  groups: ['staff', 'finance'],
  judgedAtMs: 1_000,
  epoch: 7n,
  absoluteExpiresAtMs: 9_000,
  idleSeconds: 3,
  lastActivityAtMs: 2_000,
};

it('a barrier kills what was authenticated at or before it, and what was opened under an older epoch', () => {
  const dead = (notBefore: number, endsBefore: bigint) =>
    isDeadBy(session, { notBefore: new Date(notBefore), endsBefore });
  expect([dead(1_000, 0n), dead(1_001, 0n), dead(0, 8n)]).toEqual([true, true, true]);
  expect([dead(999, 0n), dead(0, 7n), dead(999, 7n)]).toEqual([false, false, false]);
});

it('a session is judged by the barriers of everything it is part of', () => {
  const named = (of: Parameters<typeof barrierTargets>[0]) => barrierTargets(of).map(({ kind, id }) => `${kind} ${id}`);
  expect(named(session).sort()).toEqual([
    'application payroll',
    'device laptop',
    'group finance',
    'group staff',
    'session s',
    'subject ada',
    'tenant acme',
  ]);
  expect(named({ ...session, deviceId: null, groups: [] })).toHaveLength(4);
});

it.each([
  ['idle at its deadline', {}, 5_000, true],
  ['idle just before it', {}, 4_999, false],
  ['absolute at its deadline, however busy', { lastActivityAtMs: 8_999 }, 9_000, true],
  ['absolute just before it', { lastActivityAtMs: 8_999 }, 8_999, false],
  ['never idle', { idleSeconds: null }, 8_999, false],
])('LT-13: %s', (_, more, nowMs, expired) => expect(isExpired({ ...session, ...more }, nowMs)).toBe(expired));
