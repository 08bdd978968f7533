import type { BenchDatabase } from '../database.js';
import type { Form } from '../../support/form.js';
import type { Result } from '../result.js';
import { median, round } from '../statistics.js';
import { bareOnce, killOnce, prepareKills, type KillBench } from './kill.js';

const APPLICATIONS = 23;
const ROUNDS = 30;
const WARM_UP = 10;

/** One person's 23 sessions while the registry holds 1,000, then 200,000 live ones. */
export const scaleSessions = (form: Form, database: BenchDatabase): Promise<Result[]> =>
  compare(form, database, {
    applications: APPLICATIONS,
    before: 1_000,
    grow: (bench) => database.addLiveSessions(199_000, bench.clientIds),
    scenario: `one person's ${APPLICATIONS} sessions among 200,000 live ones, against 1,000`,
  });

/** The same with 23, then 500 registered applications. */
export const scaleApplications = (form: Form, database: BenchDatabase): Promise<Result[]> =>
  compare(form, database, {
    applications: 500,
    before: 1_000,
    grow: ({ clientIds, ports }) => register(form, clientIds, ports, APPLICATIONS, 500),
    scenario: `one person's ${APPLICATIONS} sessions with 500 registered applications, against ${APPLICATIONS}`,
  });

interface Growth {
  readonly applications: number;
  readonly before: number;
  readonly grow: (bench: KillBench) => Promise<void>;
  readonly scenario: string;
}

/** Each half turn by turn with the bare loop: what is compared is how much dearer than that it is, before and after. */
async function compare(
  form: Form,
  database: BenchDatabase,
  { applications, before, grow, scenario }: Growth,
): Promise<Result[]> {
  const bench = await prepareKills(form, applications, APPLICATIONS);
  try {
    await database.addLiveSessions(before, bench.clientIds.slice(0, APPLICATIONS));
    const small = await measure(form, bench);
    await grow(bench);
    const large = await measure(form, bench);
    const ratio = large.ours / large.bare / (small.ours / small.bare);
    return [
      {
        scenario,
        form: form.name,
        ours: `${round(large.ours)} ms (bare ${round(large.bare)})`,
        reference: `${round(small.ours)} ms (bare ${round(small.bare)})`,
        ratio: round(ratio, 2),
        limit: '≤ 1.2',
        holds: ratio <= 1.2,
      },
    ];
  } finally {
    bench.receivers.stop();
    bench.bare.stop();
  }
}

async function measure(form: Form, bench: KillBench): Promise<{ ours: number; bare: number }> {
  const clientIds = bench.clientIds.slice(0, APPLICATIONS);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let turn = 0; turn < WARM_UP + ROUNDS; turn++) {
    const measured = { bare: await bareOnce(bench, APPLICATIONS), ours: await killOnce(form, bench, clientIds) };
    if (turn < WARM_UP) continue;
    ours.push(measured.ours);
    bare.push(measured.bare);
  }
  return { ours: median(ours), bare: median(bare) };
}

async function register(
  form: Form,
  clientIds: readonly string[],
  ports: readonly number[],
  from: number,
  to: number,
): Promise<void> {
  const more = clientIds.slice(from, to);
  await form.curfew.register(
    more.map((clientId, index) => ({
      clientId,
      backchannelLogoutUri: `http://127.0.0.1:${ports[from + index]}/logout`,
    })),
  );
}
