/** Asks again and again, at growing intervals (10 to 100 ms), until there is an answer or the time is over. */
export async function until<T>(ask: () => Promise<T | undefined>, waitMs: number): Promise<T | undefined> {
  const end = performance.now() + waitMs;
  for (let pause = 10; ; pause = Math.min(pause * 1.5, 100)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    const left = end - performance.now();
    if (left <= 0) return undefined;
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, left)));
  }
}
