import type { Logger } from 'pino';

export interface Loop {
  /** Runs the work now, or again as soon as the present run is over. */
  wake(): void;
  stop(): Promise<void>;
}

/**
 * Runs `work` every so often until stopped. Work that answers true has more to do and runs again at once; one that
 * answers a number has something to do in so many milliseconds. A failure is logged and waited out: what these loops
 * depend on comes back.
 */
export function startLoop(
  name: string,
  everyMs: number,
  log: Logger,
  work: () => Promise<boolean | number | void>,
): Loop {
  let stopped = false;
  let woken = false;
  let wake: (() => void) | undefined;
  const run = async () => {
    while (!stopped) {
      woken = false;
      let more: boolean | number | void = false;
      try {
        more = await work();
      } catch (error) {
        log.warn({ err: error, loop: name }, 'a periodic task failed; it will run again');
      }
      if (more === true || woken || stopped) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, typeof more === 'number' ? Math.min(more, everyMs) : everyMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = undefined;
    }
  };
  const finished = run();
  return {
    wake: () => {
      woken = true;
      wake?.();
    },
    stop: async () => {
      stopped = true;
      wake?.();
      await finished;
    },
  };
}
