import { Pool } from 'undici';
import { answer, clock } from './child.js';
import { percentile } from './statistics.js';

export interface SignalsLoad {
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** No two signals of two runs are one. */
  readonly run: string;
  readonly connections: number;
  /** Until so many are told, or so much time has passed. */
  readonly most: number;
  readonly forMs: number;
}

interface Asked {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Taken {
  /** Answered 202. */
  readonly accepted: number;
  readonly refused: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function answerTo(pool: Pool, { path, headers, body }: Asked): Promise<number | undefined> {
  try {
    const response = await pool.request({ method: 'POST', path, headers, body });
    await response.body.dump();
    return response.statusCode;
  } catch {
    return undefined;
  }
}

/** Terminations of people nobody knows, each another one, from so many connections that never wait. */
answer({
  run: async ({ url, path, headers, run, connections, most, forMs }: SignalsLoad): Promise<Taken> => {
    const pool = new Pool(url, { connections, pipelining: 1 });
    const times: number[] = [];
    let next = 0;
    let accepted = 0;
    const startedAt = clock();
    await Promise.all(
      Array.from({ length: connections }, async () => {
        for (let at = clock(); next < most && at - startedAt < forMs;) {
          const employeeId = `${run}-${next++}`;
          const body = JSON.stringify({
            type: 'employment.terminated',
            eventId: employeeId,
            subject: { employeeId },
            occurredAt: new Date().toISOString(),
          });
          // No answer is none that could be lost: what counts is what was accepted.
          if ((await answerTo(pool, { path, headers, body })) === 202) accepted++;
          const now = clock();
          times.push(now - at);
          at = now;
        }
      }),
    );
    const seconds = (clock() - startedAt) / 1000;
    await pool.close();
    const [p50Ms, p99Ms] = [percentile(times, 0.5), percentile(times, 0.99)];
    return { accepted, refused: times.length - accepted, seconds, p50Ms, p99Ms };
  },
});
