import { SERVICES, type Service } from '../support/form.js';
import type { Random } from '../support/random.js';
import type { Point } from '../support/rig.js';

/** A fault of the plan: when it begins, what it hits, and for how long. */
export type Fault = { readonly atMs: number; readonly forMs: number } & (
  | { readonly kind: 'crash'; readonly point: Point; readonly twice: boolean }
  | { readonly kind: 'kill' | 'freeze'; readonly service: Service }
  | { readonly kind: 'server'; readonly server: 'kafka' | 'postgres' | 'redis'; readonly signal: 'SIGKILL' | 'SIGSTOP' }
  | { readonly kind: 'flush' }
  | { readonly kind: 'application'; readonly index: number; readonly how: 503 | 'hang' | 'reset' }
);

/** Those that the steady load reaches at any time. */
const POINTS: readonly Point[] = [
  'S1@signals',
  'S2@signals',
  ...SERVICES.flatMap((service): Point[] => [`S3@${service}`, `S4@${service}`]),
  ...(['signals', 'policy', 'registry', 'fanout'] as const).flatMap((service): Point[] => [
    `S5@${service}`,
    `S6@${service}`,
  ]),
  'S7@fanout',
  'S8@fanout',
  'S9@fanout',
  'S10@fanout',
  'S11@audit',
  'S12@audit',
  'S13@signals',
];
/** How long what died stays dead (faults.md): most often it is back at once. */
const DOWN_MS = [0, 0, 0, 5_000, 5_000, 60_000];
/** How long a frozen one sleeps: within its lease, past its lease, past everything. */
const FROZEN_MS = [2_000, 8_000, 20_000];
const FAILING_MS = [3_000, 10_000, 20_000];

/** The same seed gives the same plan. A target that is down is left alone until it is back. */
export function planOf(random: Random, { minutes, applications }: { minutes: number; applications: number }): Fault[] {
  const plan: Fault[] = [];
  const freeAt = new Map<string, number>();
  for (let atMs = 2_000; atMs < minutes * 60_000; atMs += 2_000 + random.below(8_000)) {
    const fault = faultAt(atMs, random, applications);
    if ((freeAt.get(targetOf(fault)) ?? 0) > atMs) continue;
    freeAt.set(targetOf(fault), atMs + fault.forMs + 15_000);
    plan.push(fault);
  }
  return plan;
}

function faultAt(atMs: number, random: Random, applications: number): Fault {
  const dice = random.next();
  const service = random.pick(SERVICES);
  if (dice < 0.4)
    return { atMs, forMs: random.pick(DOWN_MS), kind: 'crash', point: random.pick(POINTS), twice: random.next() < 0.3 };
  if (dice < 0.5) return { atMs, forMs: random.pick(DOWN_MS), kind: 'kill', service };
  if (dice < 0.6) return { atMs, forMs: random.pick(FROZEN_MS), kind: 'freeze', service };
  if (dice < 0.75) {
    const server = random.pick(['kafka', 'postgres', 'redis'] as const);
    const signal = random.pick(['SIGKILL', 'SIGKILL', 'SIGSTOP'] as const);
    return { atMs, forMs: random.pick([0, 2_000, 15_000]), kind: 'server', server, signal };
  }
  if (dice < 0.8) return { atMs, forMs: 0, kind: 'flush' };
  const how = random.pick([503, 'hang', 'reset'] as const);
  return { atMs, forMs: random.pick(FAILING_MS), kind: 'application', index: random.below(applications), how };
}

function targetOf(fault: Fault): string {
  switch (fault.kind) {
    case 'crash':
      return fault.point.split('@')[1]!;
    case 'kill':
    case 'freeze':
      return fault.service;
    case 'server':
      return fault.server;
    case 'flush':
      return 'redis';
    case 'application':
      return `application ${fault.index}`;
  }
}

export function nameOf(fault: Fault): string {
  const lasts = fault.forMs > 0 ? ` for ${fault.forMs / 1000} s` : '';
  switch (fault.kind) {
    case 'crash':
      return `kill -9 at ${fault.point}${fault.twice ? ', twice in a row' : ''}, down${lasts || ' for 0 s'}`;
    case 'kill':
      return `kill -9 ${fault.service}, down${lasts || ' for 0 s'}`;
    case 'freeze':
      return `SIGSTOP ${fault.service}${lasts}`;
    case 'server':
      return `${fault.signal} ${fault.server}${lasts}`;
    case 'flush':
      return 'Redis flushed';
    case 'application':
      return `application ${fault.index} answers with ${fault.how}${lasts}`;
  }
}
