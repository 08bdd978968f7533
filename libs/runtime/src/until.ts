import type { News } from './news.js';

/** Asks again and again, at growing intervals (10 to 100 ms) and at each news, until there is an answer or the time is over. */
export async function until<T>(
  ask: () => Promise<T | undefined>,
  waitMs: number,
  news?: { readonly news: News; readonly of: string },
): Promise<T | undefined> {
  const end = performance.now() + waitMs;
  let heard: boolean;
  let wake: (() => void) | undefined;
  const stop = news?.news.listen(news.of, () => {
    heard = true;
    wake?.();
  });
  try {
    for (let pause = 10; ; pause = Math.min(pause * 1.5, 100)) {
      heard = false;
      const answer = await ask();
      if (answer !== undefined) return answer;
      const left = end - performance.now();
      if (left <= 0) return undefined;
      if (heard) continue; // it came while we asked
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(pause, left));
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    stop?.();
  }
}
