import { Child } from '../child.js';
import type { Load, Served } from '../load.js';
import type { Form } from '../../support/form.js';
import type { Result } from '../result.js';
import { median, round } from '../statistics.js';

const SESSIONS = 500;
const CONNECTIONS = 32;
const ROUNDS = 7;
const WARM_UP = 2;
const FOR_MS = 3_000;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** Introspection and activity, turn by turn with a bare route that asks one Redis script. */
export async function checkScenario(form: Form): Promise<Result[]> {
  const bare = new Child('bare-check.js');
  const load = new Child('load.js');
  try {
    const { curfew } = form;
    await curfew.register([{ clientId: 'checked' }]);
    const { key } = await curfew.call<{ key: string }>('policy', 'POST', '/v1/api-keys', {
      name: 'bench',
      roles: ['application'],
      clientId: 'checked',
    });
    const opened: { id: string; sid: string }[] = [];
    for (let i = 0; i < SESSIONS; i++) opened.push(await curfew.open(`checked-${i}`, 'checked'));
    const sids = opened.map(({ sid }) => sid);
    const authorization = { authorization: `Bearer ${key}` };
    const { url } = form.endpoints.registry;
    const shape = { connections: CONNECTIONS, forMs: FOR_MS };
    const tokens = sids.map((sid) => `token=${sid}`);
    const kinds: Record<'bare' | 'introspection' | 'activity', Load[]> = {
      bare: [
        {
          ...shape,
          url: await bare.call<string>('start', sids),
          path: '/oauth2/introspect',
          headers: FORM,
          bodies: tokens,
        },
      ],
      introspection: [
        { ...shape, url, path: '/oauth2/introspect', headers: { ...FORM, ...authorization }, bodies: tokens },
      ],
      // One path a session: a few of them stand for all.
      activity: opened.slice(0, ROUNDS + WARM_UP).map(({ id }) => ({
        ...shape,
        url,
        path: `/v1/sessions/${id}/activity`,
        headers: authorization,
        bodies: [''],
      })),
    };
    const served: Record<keyof typeof kinds, Served[]> = { bare: [], introspection: [], activity: [] };
    for (let turn = 0; turn < WARM_UP + ROUNDS; turn++) {
      for (const kind of ['bare', 'introspection', 'activity'] as const) {
        const one = await load.call<Served>('run', kinds[kind][turn % kinds[kind].length]);
        if (one.notOk > 0) throw new Error(`${kind}: ${one.notOk} answers were not {"active": true}`);
        if (turn >= WARM_UP) served[kind].push(one);
      }
    }
    return (['introspection', 'activity'] as const).flatMap((kind) => [
      rate(form, kind, served[kind], served.bare),
      tail(form, kind, served[kind], served.bare),
    ]);
  } finally {
    bare.stop();
    load.stop();
  }
}

function rate(form: Form, kind: string, ours: readonly Served[], bare: readonly Served[]): Result {
  const figures = { ours: median(ours.map((one) => one.perSecond)), bare: median(bare.map((one) => one.perSecond)) };
  return {
    scenario: `${kind}, ${CONNECTIONS} connections`,
    form: form.name,
    ours: `${round(figures.ours, 0)}/s`,
    reference: `bare ${round(figures.bare, 0)}/s`,
    ratio: round(figures.ours / figures.bare, 2),
    limit: '≥ 0.5',
    holds: figures.ours / figures.bare >= 0.5,
  };
}

function tail(form: Form, kind: string, ours: readonly Served[], bare: readonly Served[]): Result {
  const figures = { ours: median(ours.map((one) => one.p99Ms)), bare: median(bare.map((one) => one.p99Ms)) };
  return {
    scenario: `${kind}, p99`,
    form: form.name,
    ours: `${round(figures.ours, 1)} ms`,
    reference: `bare ${round(figures.bare, 1)} ms`,
    ratio: round(figures.ours / figures.bare, 2),
    limit: '≤ 4',
    holds: figures.ours / figures.bare <= 4,
  };
}
