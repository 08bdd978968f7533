import { Pool } from 'undici';
import { answer, clock } from './child.js';
import { percentile } from './statistics.js';

export interface Load {
  readonly url: string;
  readonly path: string;
  /** Left out: POST, with a body each time. */
  readonly method?: 'GET';
  readonly headers: Readonly<Record<string, string>>;
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly forMs: number;
  /** What every answer holds; left out: that of a check. */
  readonly proof?: string;
}

export interface Served {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly notOk: number;
}

/** So many connections, each of which asks again as soon as it has its answer. */
answer({
  run: async ({ url, path, headers, bodies, connections, forMs, method, proof }: Load): Promise<Served> => {
    const pool = new Pool(url, { connections, pipelining: 1 });
    const times: number[] = [];
    let next = 0;
    let notOk = 0;
    const startedAt = clock();
    await Promise.all(
      Array.from({ length: connections }, async () => {
        for (let at = clock(); at - startedAt < forMs;) {
          const body = bodies[next++ % bodies.length]!;
          const response = await pool.request(
            method ? { method, path, headers } : { method: 'POST', path, headers, body },
          );
          const said = await response.body.text();
          if (response.statusCode !== 200 || !said.includes(proof ?? '"active":true')) notOk++;
          const now = clock();
          times.push(now - at);
          at = now;
        }
      }),
    );
    const seconds = (clock() - startedAt) / 1000;
    await pool.close();
    return {
      perSecond: times.length / seconds,
      p50Ms: percentile(times, 0.5),
      p99Ms: percentile(times, 0.99),
      notOk,
    };
  },
});
