import { randomUUID } from 'node:crypto';
import type { Curfew } from '../../support/curfew.js';
import type { Form } from '../../support/form.js';
import { until } from '../../support/until.js';
import { clock } from '../child.js';
import type { BenchDatabase } from '../database.js';
import type { Result } from '../result.js';
import { median, round } from '../statistics.js';
import { killOnce, prepareKills } from './kill.js';

const FEW = 12;
const MANY = 100_000;
const APPLICATIONS = 5;
const ROUNDS = 20;
const WARM_UP = 5;
const KILLS = 8;

interface Saved {
  readonly enforcementId: string;
  readonly enforcement: { readonly state: string; readonly counts: Record<string, number> | null };
}

/** A save that tightens: how soon its ENFORCE entry is in the trail, how long many sessions take, and who waits for that. */
export async function enforceScenario(form: Form, database: BenchDatabase): Promise<Result[]> {
  const bench = await prepareKills(form, APPLICATIONS);
  const { curfew } = form;
  let idleSeconds = 3_500;
  const tighten = (waitSeconds: number): Promise<Saved> =>
    curfew.call(
      'policy',
      'PUT',
      '/v1/policies/default',
      { absoluteSeconds: 28_800, idleSeconds: (idleSeconds -= 10), cap: null, overCap: 'block' },
      { headers: { prefer: `wait=${waitSeconds}` } },
    );
  try {
    for (let n = 0; n < FEW; n++) await curfew.person(randomUUID(), bench.clientIds.slice(0, 1));
    const few: number[] = [];
    for (let turn = 0; turn < WARM_UP + ROUNDS; turn++) {
      const startedAt = clock();
      const { enforcementId } = await tighten(0);
      await entryOf(curfew, enforcementId);
      if (turn >= WARM_UP) few.push(clock() - startedAt);
    }

    const alone: number[] = [];
    for (let turn = 0; turn < WARM_UP + KILLS; turn++) {
      const time = await killOnce(form, bench, bench.clientIds);
      if (turn >= WARM_UP) alone.push(time);
    }
    await database.addLiveSessions(MANY, bench.clientIds);
    const startedAt = clock();
    let took = 0;
    const saving = tighten(60).then((saved) => ((took = clock() - startedAt), saved));
    const beside: number[] = [];
    do beside.push(await killOnce(form, bench, bench.clientIds));
    while (took === 0);
    const { enforcement } = await saving;
    const changed = enforcement.counts?.changed ?? 0;
    const [kill, reference] = [median(beside), median(alone)];
    return [
      {
        scenario: `save that tightens ${FEW} sessions → its ENFORCE entry, median`,
        form: form.name,
        ours: `${round(median(few))} ms`,
        reference: '100 ms',
        ratio: round(median(few) / 100, 2),
        limit: '≤ 1',
        holds: median(few) <= 100,
      },
      {
        scenario: `the same for ${changed} sessions, kills beside it`,
        form: form.name,
        ours: `${round(took)} ms`,
        reference: '5000 ms',
        ratio: round(took / 5_000, 2),
        limit: '≤ 1',
        holds: took <= 5_000 && changed >= MANY,
      },
      {
        scenario: `a kill beside it, median of ${beside.length}`,
        form: form.name,
        ours: `${round(kill)} ms`,
        reference: `alone ${round(reference)} ms`,
        ratio: round(kill / reference, 2),
        limit: '≤ 2',
        holds: kill / reference <= 2,
      },
    ];
  } finally {
    bench.receivers.stop();
    bench.bare.stop();
  }
}

const entryOf = (curfew: Curfew, enforcementId: string): Promise<unknown> =>
  until('its entry is in the trail', async () => {
    const path = `/v1/audit?type=curfew.policy.enforced.v1&correlationId=${enforcementId}`;
    return (await curfew.call<{ items: unknown[] }>('audit', 'GET', path)).items[0];
  });
