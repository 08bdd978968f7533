import { randomUUID } from 'node:crypto';
import { Child, clock } from '../child.js';
import type { Form } from '../../support/form.js';
import { median, round } from '../statistics.js';
import type { Result } from '../result.js';

/** A termination reaches every application: the signal's HTTP call begins → the last holds its token. */
export interface KillBench {
  readonly receivers: Child;
  readonly bare: Child;
  readonly ports: readonly number[];
  readonly clientIds: readonly string[];
}

/** `registered`: how many of them Curfew knows from the start. */
export async function prepareKills(form: Form, applications: number, registered = applications): Promise<KillBench> {
  const receivers = new Child('receivers.js');
  const ports = await receivers.call<number[]>('open', applications);
  const bare = new Child('bare.js');
  await bare.call('connect', ports);
  const clientIds = ports.map((_, index) => `app-${randomUUID().slice(0, 8)}-${index}`);
  await form.curfew.register(
    clientIds
      .slice(0, registered)
      .map((clientId, index) => ({ clientId, backchannelLogoutUri: `http://127.0.0.1:${ports[index]}/logout` })),
  );
  // So many kills are what the guard of a source is there for: it counts them all the same, as it does for everybody.
  await form.curfew.call('signals', 'PUT', '/v1/guards/api', { most: 1_000 });
  return { receivers, bare, ports, clientIds };
}

/** One person at so many applications is terminated; milliseconds. */
export async function killOnce(
  form: Form,
  { receivers }: KillBench,
  clientIds: readonly string[],
  expected = clientIds.length,
): Promise<number> {
  const person = randomUUID();
  await form.curfew.person(person, clientIds);
  await new Promise((resolve) => setTimeout(resolve, 150)); // what the preparation set going comes to rest
  await receivers.call('reset');
  const arrivals = receivers.call<{ lastAt: number }>('arrivals', expected);
  const startedAt = clock();
  await form.curfew.terminate(person);
  return (await arrivals).lastAt - startedAt;
}

export async function bareOnce({ receivers, bare }: KillBench, applications: number): Promise<number> {
  await receivers.call('reset');
  const arrivals = receivers.call<{ lastAt: number }>('arrivals', applications);
  const startedAt = await bare.call<number>('round', applications);
  return (await arrivals).lastAt - startedAt;
}

/** Turn by turn with the bare loop, so that both meet the same machine. */
export async function killScenario(form: Form, applications: number, rounds: number, limit: number): Promise<Result[]> {
  const bench = await prepareKills(form, applications);
  try {
    const ours: number[] = [];
    const bare: number[] = [];
    const warmUp = Math.ceil(rounds / 2);
    for (let turn = 0; turn < warmUp + rounds; turn++) {
      const measured = {
        bare: await bareOnce(bench, applications),
        ours: await killOnce(form, bench, bench.clientIds),
      };
      if (turn < warmUp) continue;
      ours.push(measured.ours);
      bare.push(measured.bare);
    }
    const figures = { ours: median(ours), bare: median(bare) };
    return [
      {
        scenario: `termination → last of ${applications} applications, median`,
        form: form.name,
        ours: `${round(figures.ours)} ms`,
        reference: `bare ${round(figures.bare)} ms`,
        ratio: round(figures.ours / figures.bare, 2),
        limit: `≤ ${limit}`,
        holds: figures.ours / figures.bare <= limit,
      },
    ];
  } finally {
    bench.receivers.stop();
    bench.bare.stop();
  }
}

/** 23 applications that take 200 ms to answer, and 22 beside one that hangs: the others are told as fast as ever. */
export async function slowScenario(form: Form, rounds: number): Promise<Result[]> {
  const bench = await prepareKills(form, 23);
  const { receivers, clientIds } = bench;
  try {
    const times: Record<'healthy' | 'slow' | 'hanging', number[]> = { healthy: [], slow: [], hanging: [] };
    for (let turn = 0; turn < 5 + rounds; turn++) {
      for (const kind of ['healthy', 'slow', 'hanging'] as const) {
        await receivers.call(
          'behave',
          kind === 'slow' ? { answerAfterMs: 200 } : kind === 'hanging' ? { hanging: [7] } : {},
        );
        const time = await killOnce(
          form,
          bench,
          clientIds,
          kind === 'hanging' ? clientIds.length - 1 : clientIds.length,
        );
        if (turn >= 5) times[kind].push(time);
        if (kind === 'slow') await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }
    const healthy = median(times.healthy);
    return (['slow', 'hanging'] as const).map((kind) => ({
      scenario:
        kind === 'slow' ? 'same, 23 applications that take 200 ms to answer' : 'same, one of 23 hangs: the other 22',
      form: form.name,
      ours: `${round(median(times[kind]))} ms`,
      reference: `healthy ${round(healthy)} ms`,
      ratio: round(median(times[kind]) / healthy, 2),
      limit: '≤ 1.2',
      holds: median(times[kind]) / healthy <= 1.2,
    }));
  } finally {
    receivers.stop();
    bench.bare.stop();
  }
}
