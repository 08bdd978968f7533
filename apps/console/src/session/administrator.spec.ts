import { IDLE_MS, LONGEST_MS, overSince } from './administrator.js';

const at = (ms: number) => new Date(1_700_000_000_000 + ms);

it.each([
  ['a moment ago', 0, 0, 1, undefined],
  ['just before the idle limit', 0, 0, IDLE_MS - 1, undefined],
  ['at the idle limit', 0, 0, IDLE_MS, 'idle'],
  ['active, until the day is over', 0, LONGEST_MS - 1, LONGEST_MS - 1, undefined],
  ['active, and the day is over', 0, LONGEST_MS - 1, LONGEST_MS, 'too_long'],
])('LT-13 an administrator seen %s', (_, signedIn, seen, now, expected) => {
  expect(overSince({ signedInAt: at(signedIn), lastSeenAt: at(seen) }, at(now))).toBe(expected);
});
