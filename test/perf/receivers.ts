import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer, clock } from './child.js';

/** The applications of the bench: so many origins, each of which holds a token when the request has arrived whole. */
interface Arrivals {
  readonly count: number;
  /** When the last of them came. */
  readonly lastAt: number;
}

const servers: Server[] = [];
let answerAfterMs = 1;
let hanging = new Set<number>();
let count = 0;
let counted = new Set<number>();
let lastAt = 0;
let waiting: { wanted: number; resolve: (arrivals: Arrivals) => void } | undefined;

function arrived(application: number): void {
  if (hanging.has(application)) return;
  count++;
  counted.add(application);
  lastAt = clock();
  if (waiting && count >= waiting.wanted) {
    waiting.resolve({ count, lastAt });
    waiting = undefined;
  }
}

function listen(application: number): Promise<number> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      arrived(application);
      if (!hanging.has(application))
        setTimeout(() => response.writeHead(200, { 'cache-control': 'no-store' }).end(), answerAfterMs);
    });
  });
  server.keepAliveTimeout = 120_000;
  servers.push(server);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

answer({
  /** The ports of so many more applications. */
  open: async (applications: number) => {
    const first = servers.length;
    return Promise.all(Array.from({ length: applications }, (_, index) => listen(first + index)));
  },
  behave: (behaviour: { answerAfterMs?: number; hanging?: number[] }) => {
    answerAfterMs = behaviour.answerAfterMs ?? 1;
    hanging = new Set(behaviour.hanging ?? []);
  },
  reset: () => {
    count = 0;
    counted = new Set();
    lastAt = 0;
    waiting = undefined;
  },
  /** When so many have arrived since the reset. */
  arrivals: (wanted: number) =>
    new Promise<Arrivals>((resolve) => {
      if (count >= wanted) resolve({ count, lastAt });
      else waiting = { wanted, resolve };
    }),
  seen: () => ({ count, lastAt }),
});
