import { csvOf } from './download';
import { isLater } from './session-rows';
import { durationOf, matcherOf, statusOf } from './session-view';
import type { Session } from './types';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const ago = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();
const session = (given: Partial<Session> = {}): Session => ({
  id: 's-1',
  sid: 'sid-1',
  clientId: 'crm',
  application: 'Customer records',
  subject: 'ada',
  email: 'ada@acme.test',
  region: 'EMEA',
  device: 'd-1',
  deviceName: 'Laptop',
  ip: '192.0.2.7',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36',
  openedAt: ago(10),
  lastActivityAt: ago(1),
  expiresAt: ago(-60),
  idleExpiresAt: null,
  endedAt: null,
  cause: null,
  reason: null,
  revocationId: null,
  version: '1',
  ...given,
});

it.each([
  [134, '2h 14m'],
  [45, '45m'],
  [62, '1h 02m'],
])('DB-04 %i minutes are %s', (minutes, text) => {
  expect(durationOf(session({ openedAt: ago(minutes) }), NOW)).toBe(text);
  expect(durationOf(session({ openedAt: ago(minutes), endedAt: ago(0) }), NOW)).toBe('0m');
});

it.each([
  ['active', { lastActivityAt: ago(4) }],
  ['idle', { lastActivityAt: ago(5) }],
  ['revoked', { lastActivityAt: ago(5), endedAt: ago(1) }],
] as const)('DB-03 %s', (status, given) => {
  expect(statusOf(session(given), NOW)).toBe(status);
});

it.each([
  ['ADA laptop', true],
  ['ada bob', false],
  ['status:active app:crm', true],
  ['status:revoked', false],
  ['app:"customer records" region:emea', true],
  ['region:192', false],
  ['ip:192.0.2', true],
  ['chrome linux', true],
  ['unknown:field', false],
])('a filter %s: %s', (query, found) => {
  expect(matcherOf(query)(session(), NOW)).toBe(found);
});

it.each(['=1+1', '+1', '-1', '@sum', '\t=1', '\r=1'])('DB-05 %j is no formula in a CSV', (text) => {
  const [, line] = csvOf([session({ subject: text })], NOW).split('\r\n');
  expect(line!.split(',')[1]!.replaceAll('"', '')).toMatch(/^'/);
});

it('versions are numbers of any length', () => {
  expect(isLater('10', '9')).toBe(true);
  expect(isLater('9', '10')).toBe(false);
  expect(isLater('18446744073709551615', '18446744073709551614')).toBe(true);
  expect(isLater('7', '7')).toBe(false);
});
