import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 20;

/**
 * Asks until the answer is neither undefined nor false, and gives it. No test sleeps: it says what it waits for, and
 * how long that may take. Throws `what` when the time is over, with the last error.
 */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 10_000,
): Promise<T> {
  let last: unknown;
  for (const deadline = performance.now() + withinMs; ; await sleep(EVERY_MS)) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`, { cause: last });
  }
}
