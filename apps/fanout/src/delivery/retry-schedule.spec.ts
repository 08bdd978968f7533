import fc from 'fast-check';
import { attemptLimitMs, leaseMs, nextAttemptAt, type Failed } from './retry-schedule.js';

const DEADLINE = 60_000;
const failedAt = (nowMs: number, more: Partial<Failed> = {}): Failed => ({
  attempts: 9,
  now: new Date(nowMs),
  startedAt: new Date(nowMs),
  deadlineAt: new Date(DEADLINE),
  retryAfterMs: null,
  random: 0.5, // the middle: no jitter
  ...more,
});
const waitMs = (failed: Failed): number => nextAttemptAt(failed).getTime() - failed.now.getTime();

/** When the tries are, if each fails at once. */
function triesUntil(endMs: number): number[] {
  const tries = [0];
  for (;;) {
    const next = nextAttemptAt(failedAt(tries.at(-1)!, { attempts: tries.length })).getTime();
    if (next > endMs) return tries;
    tries.push(next);
  }
}

describe('the schedule of design §6', () => {
  it('tries at 0, 0.25, 0.5 and 1 s, then every second until the deadline', () => {
    const seconds = Array.from({ length: 59 }, (_, index) => (index + 2) * 1000);
    expect(triesUntil(DEADLINE)).toEqual([0, 250, 500, 1000, ...seconds]);
  });

  it('then waits 2, 4, 8 … 3,600 s, each time', () => {
    const late = triesUntil(7 * 24 * 3_600_000).filter((try_) => try_ >= DEADLINE);
    const waits = late.slice(1).map((try_, index) => (try_ - late[index]!) / 1000);
    expect(waits.slice(0, 11)).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]);
    expect(new Set(waits.slice(11))).toEqual(new Set([3600]));
    expect(waits.length).toBeGreaterThan(150);
  });

  it('counts from the start of a try, so that one that hangs does not stretch the rhythm', () => {
    expect(waitMs(failedAt(10_900, { startedAt: new Date(10_000) }))).toBe(100);
    expect(waitMs(failedAt(12_000, { startedAt: new Date(10_000) }))).toBe(0);
  });

  it('spreads by up to a fifth either way, and never hurries into the past', () => {
    const random = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 8 * 24 * 3_600_000 }),
        fc.integer({ min: 1, max: 100 }),
        random,
        (now, attempts, drawn) => {
          const middle = waitMs(failedAt(now, { attempts }));
          const wait = waitMs(failedAt(now, { attempts, random: drawn }));
          expect(wait).toBeGreaterThanOrEqual(Math.floor(middle * 0.8));
          expect(wait).toBeLessThanOrEqual(Math.ceil(middle * 1.2));
        },
      ),
    );
    expect([0, 1].map((drawn) => waitMs(failedAt(1_000, { random: drawn })))).toEqual([800, 1200]);
  });
});

describe('Retry-After', () => {
  const DAY = 24 * 3_600_000;

  it('is not obeyed before the deadline: who asks for patience asks for open access', () => {
    expect(waitMs(failedAt(DEADLINE - 1, { retryAfterMs: DAY }))).toBe(1_000);
  });

  it('is obeyed after it, where it asks for more than the schedule, up to an hour', () => {
    expect(waitMs(failedAt(DEADLINE, { retryAfterMs: 30_000 }))).toBe(30_000);
    expect(waitMs(failedAt(DEADLINE, { retryAfterMs: 1_000 }))).toBe(2_000);
    expect(waitMs(failedAt(DEADLINE, { retryAfterMs: DAY }))).toBe(3_600_000);
  });
});

it('a try may take 2 s until the deadline and 10 s from then on; its lease is 3 s longer', () => {
  const limits = [DEADLINE - 1, DEADLINE].map((now) => [
    attemptLimitMs(new Date(now), new Date(DEADLINE)),
    leaseMs(new Date(now), new Date(DEADLINE)),
  ]);
  expect(limits).toEqual([
    [2_000, 5_000],
    [10_000, 13_000],
  ]);
});
