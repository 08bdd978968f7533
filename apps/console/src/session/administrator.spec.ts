import { deadlineByKey, LONGEST_MS, overSince } from './administrator.js';

const at = (ms: number) => new Date(1_700_000_000_000 + ms);
const IDLE = 15 * 60_000;

it.each([
  ['a moment ago', 0, 0, 1, undefined],
  ['just before the idle limit', 0, 0, IDLE - 1, undefined],
  ['at the idle limit', 0, 0, IDLE, 'idle'],
  ['active, until the day is over', 0, LONGEST_MS - 1, LONGEST_MS - 1, undefined],
  ['active, and the day is over', 0, LONGEST_MS - 1, LONGEST_MS, 'too_long'],
])('LT-13 an administrator seen %s', (_, signedIn, seen, now, expected) => {
  expect(overSince(deadlineByKey(at(signedIn), at(seen), IDLE), at(now))).toBe(expected);
});
