import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inTurns, type Curfew } from '../../support/curfew.js';
import type { Form } from '../../support/form.js';
import { Child, clock } from '../child.js';
import type { BenchDatabase } from '../database.js';
import type { Result } from '../result.js';
import type { SignalsLoad, Taken } from '../signals-load.js';
import { median, round } from '../statistics.js';
import { prepareKills, type KillBench } from './kill.js';

const JSON_BODY = { 'content-type': 'application/json' };

const sourceKey = async (form: Form, source: string): Promise<Curfew> =>
  form.curfew.newKey({ name: source, roles: ['source'], source });

const loadOf = (
  { endpoints, key }: Curfew,
  run: string,
  shape: Pick<SignalsLoad, 'connections' | 'most' | 'forMs'>,
) => ({
  ...shape,
  run,
  url: endpoints.signals.url,
  path: '/v1/signals',
  headers: { ...JSON_BODY, authorization: `Bearer ${key}` },
});

const CONNECTIONS = 8;
const FOR_MS = 3_000;
const ROUNDS = 7;
const WARM_UP = 2;

/** The answer to a signal, turn by turn with a bare route that inserts one row. What is accepted takes its way meanwhile. */
export async function receiveScenario(form: Form, database: BenchDatabase): Promise<Result[]> {
  const bare = new Child('bare-insert.js');
  const load = new Child('signals-load.js');
  try {
    const hr = await sourceKey(form, 'hr-bench');
    await form.curfew.call('signals', 'PUT', '/v1/guards/hr-bench', { most: null });
    const url = await bare.call<string>('start', database.url);
    const shape = { connections: CONNECTIONS, forMs: FOR_MS, most: Number.MAX_SAFE_INTEGER };
    const taken: Record<'ours' | 'bare', Taken[]> = { ours: [], bare: [] };
    for (let turn = 0; turn < WARM_UP + ROUNDS; turn++) {
      const run = randomUUID();
      const of = {
        bare: { ...shape, run, url, path: '/bare', headers: JSON_BODY },
        ours: loadOf(hr, run, shape),
      };
      for (const kind of ['bare', 'ours'] as const) {
        const one = await load.call<Taken>('run', of[kind]);
        if (one.refused > 0) throw new Error(`${kind}: ${one.refused} answers were not 202`);
        if (turn >= WARM_UP) taken[kind].push(one);
        if (kind === 'ours') await new Promise((resolve) => setTimeout(resolve, 1_000)); // what follows of them comes to rest
      }
    }
    const [ours, theirs] = [median(taken.ours.map(({ p99Ms }) => p99Ms)), median(taken.bare.map(({ p99Ms }) => p99Ms))];
    return [
      {
        scenario: `a signal → 202, p99, ${CONNECTIONS} connections`,
        form: form.name,
        ours: `${round(ours)} ms (p50 ${round(median(taken.ours.map(({ p50Ms }) => p50Ms)))})`,
        reference: `bare ${round(theirs)} ms`,
        ratio: round(ours / theirs, 2),
        limit: '≤ 4',
        holds: ours / theirs <= 4,
      },
    ];
  } finally {
    bare.stop();
    load.stop();
  }
}

const FLOOD = 50_000;
/** What a hijacked feed would have at once; more only wait for one another. */
const FLOOD_CONNECTIONS = 64;
const FLOOD_WITHIN_MS = 10_000;
const APPLICATIONS = 5;
const QUIET_KILLS = 15;
const MOST_KILLS = 60;
const MOST_GROWTH_MB = 256;

/** One source tells all it can, another one's device kills go on: those in time, nothing that was accepted lost. */
export async function floodScenario(form: Form): Promise<Result[]> {
  const bench = await prepareKills(form, APPLICATIONS);
  const load = new Child('signals-load.js');
  try {
    const [hr, soc] = [await sourceKey(form, 'hr-flood'), await sourceKey(form, 'soc-bench')];
    const devices = Array.from({ length: QUIET_KILLS + MOST_KILLS }, () => randomUUID());
    await inTurns(devices, 8, (id) => form.curfew.person(id, bench.clientIds));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const quiet: number[] = [];
    for (const id of devices.splice(0, QUIET_KILLS)) quiet.push(await killDevice(soc, bench, id));
    const before = memoryMb(form);
    let over = false;
    const shape = { connections: FLOOD_CONNECTIONS, most: FLOOD, forMs: FLOOD_WITHIN_MS };
    const flood = load.call<Taken>('run', loadOf(hr, randomUUID(), shape)).finally(() => (over = true));
    flood.catch(() => undefined); // said where it is waited for
    const during: number[] = [];
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    for (const id of devices) {
      if (over) break;
      during.push(await killDevice(soc, bench, id));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { accepted, refused, seconds } = await flood;
    const growth = memoryMb(form) - before;
    const kept = await countOf(hr);
    const figures = { quiet: median(quiet), during: median(during) };
    const told = `${accepted} accepted in ${round(seconds)} s, ${refused} refused`;
    return [
      {
        scenario: `a device kill while another source floods (${told}), median of ${during.length}`,
        form: form.name,
        ours: `${round(figures.during)} ms`,
        reference: `quiet ${round(figures.quiet)} ms`,
        ratio: round(figures.during / figures.quiet, 2),
        limit: '≤ 4',
        holds: figures.during / figures.quiet <= 4,
      },
      {
        scenario: 'same: signals that are there afterwards',
        form: form.name,
        ours: String(kept),
        reference: `${accepted} accepted`,
        ratio: round(kept / accepted, 4),
        limit: '= 1',
        holds: kept === accepted,
      },
      {
        scenario: 'same: memory of the signals process',
        form: form.name,
        ours: `+${round(growth, 0)} MB`,
        reference: `${round(before, 0)} MB before`,
        ratio: round((before + growth) / before, 2),
        limit: `≤ +${MOST_GROWTH_MB} MB`,
        holds: growth <= MOST_GROWTH_MB,
      },
    ];
  } finally {
    load.stop();
    bench.receivers.stop();
    bench.bare.stop();
  }
}

async function killDevice(soc: Curfew, { receivers }: KillBench, person: string): Promise<number> {
  await receivers.call('reset');
  const arrivals = receivers.call<{ lastAt: number }>('arrivals', APPLICATIONS);
  const startedAt = clock();
  const occurredAt = new Date().toISOString();
  const signal = {
    type: 'device.compromised',
    eventId: randomUUID(),
    device: { id: `device-of-${person}` },
    occurredAt,
  };
  await soc.call('signals', 'POST', '/v1/signals', signal);
  return (await arrivals).lastAt - startedAt;
}

/** Of a source's key: its own. */
async function countOf(source: Curfew): Promise<number> {
  let count = 0;
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: { items: unknown[]; nextCursor: string | null } = await source.call(
      'signals',
      'GET',
      `/v1/signals${cursor === '' ? '' : `?cursor=${cursor}`}`,
    );
    count += page.items.length;
    cursor = page.nextCursor;
  }
  return count;
}

function memoryMb({ endpoints }: Form): number {
  const status = readFileSync(`/proc/${endpoints.signals.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1024;
}
