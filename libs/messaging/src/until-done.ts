const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1_000;

export class Stopped extends Error {}

/** Runs the work until it succeeds: what it depends on comes back. Rejects with `Stopped` when it is to stop first. */
export async function untilDone<T>(
  work: () => Promise<T>,
  { stopping, failed }: { stopping: () => boolean; failed: (error: unknown) => void },
): Promise<T> {
  for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LAST_RETRY_MS)) {
    if (stopping()) throw new Stopped('stopping: the message stays where it is');
    try {
      return await work();
    } catch (error) {
      if (error instanceof Stopped) throw error;
      failed(error);
      await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)));
    }
  }
}
