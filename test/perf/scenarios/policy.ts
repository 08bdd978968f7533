import type { Curfew } from '../../support/curfew.js';
import type { Form } from '../../support/form.js';
import { Child } from '../child.js';
import type { Load, Served } from '../load.js';
import type { Result } from '../result.js';
import { median, round } from '../statistics.js';

const CONNECTIONS = 32;
const ROUNDS = 7;
const WARM_UP = 2;
const FOR_MS = 2_000;
const FEW = 10;
const MANY = 10_000;
const PERSON = 'evaluated';
const EVALUATE = '/v1/sign-in/evaluate';
const EFFECTIVE = `/v1/policies/effective?subject=${PERSON}`;

/** Sign-ins evaluated and policies looked up, turn by turn with a Nest route of the same DTO that asks Redis once. */
export async function policyScenario(form: Form): Promise<Result[]> {
  const bare = new Child('bare-policy.js');
  const load = new Child('load.js');
  try {
    const { curfew } = form;
    await curfew.call('registry', 'PUT', `/v1/subjects/${PERSON}`, {
      groups: ['staff'],
      attributes: { region: 'emea' },
    });
    await put(curfew, FEW);
    const { fields } = await curfew.call<{ fields: object }>('registry', 'GET', EFFECTIVE);
    const url = await bare.call<string>('start', fields);
    const headers = { authorization: `Bearer ${curfew.key}` };
    const asked = {
      ...{ connections: CONNECTIONS, forMs: FOR_MS, path: EVALUATE, proof: '"decision":"ALLOW"' },
      headers: { ...headers, 'content-type': 'application/json' },
      bodies: [JSON.stringify({ subject: PERSON, groups: ['staff'], ip: '203.0.113.7', device: 'compliant' })],
    };
    const looked: Omit<Load, 'url'> = {
      ...{ connections: CONNECTIONS, forMs: FOR_MS, path: EFFECTIVE, proof: '"idleSeconds"', method: 'GET' },
      ...{ headers, bodies: [] },
    };
    const [policy, registry] = [form.endpoints.policy.url, form.endpoints.registry.url];
    const turns = await inTurns(load, {
      bareEvaluate: { ...asked, url },
      evaluate: { ...asked, url: policy },
      bareEffective: { ...looked, url },
      effective: { ...looked, url: registry },
    });
    await put(curfew, MANY);
    const many = await inTurns(load, { evaluate: { ...asked, url: policy } });
    return [
      rate(form, `sign-in evaluated by ${FEW} rules`, turns.evaluate, turns.bareEvaluate),
      rate(form, 'effective policy', turns.effective, turns.bareEffective),
      tail(form, many.evaluate, turns.evaluate),
    ];
  } finally {
    bare.stop();
    load.stop();
  }
}

/** So many rules that pass everybody by, each for another group, place and time, before the one that lets people in. */
async function put(curfew: Curfew, count: number): Promise<void> {
  const rules = Array.from({ length: count - 1 }, (_, at) => ({
    ...{ id: `${at}`, name: 'r', action: 'DENY' },
    conditions:
      at % 2 === 0 ? { subjects: [`somebody ${at}`] } : { ip: [`10.${at >> 8}.${at & 255}.0/24`], device: ['unknown'] },
  }));
  const everyone = { ...{ id: 'everyone', name: 'Everyone', priority: 1 }, action: 'ALLOW', profile: 'default' };
  const document = {
    apiVersion: 'curfew/v1',
    signIn: { policies: [{ id: 'default', name: 'Default', priority: 1, rules: [...rules, everyone] }] },
  };
  await curfew.call('policy', 'PUT', '/v1/policies/document', document, { headers: { 'if-match': '*' } });
}

async function inTurns<K extends string>(load: Child, kinds: Readonly<Record<K, Load>>): Promise<Record<K, Served[]>> {
  const names = Object.keys(kinds) as K[];
  const served = Object.fromEntries(names.map((name) => [name, [] as Served[]])) as Record<K, Served[]>;
  for (let turn = 0; turn < WARM_UP + ROUNDS; turn++)
    for (const name of names) {
      const one = await load.call<Served>('run', kinds[name]);
      if (one.notOk > 0) throw new Error(`${name}: ${one.notOk} answers were not what they should be`);
      if (turn >= WARM_UP) served[name].push(one);
    }
  return served;
}

function rate(form: Form, what: string, ours: readonly Served[], bare: readonly Served[]): Result {
  const [own, other] = [median(ours.map((one) => one.perSecond)), median(bare.map((one) => one.perSecond))];
  return {
    scenario: `${what}, ${CONNECTIONS} connections`,
    form: form.name,
    ours: `${round(own, 0)}/s`,
    reference: `bare ${round(other, 0)}/s`,
    ratio: round(own / other, 2),
    limit: '≥ 0.5',
    holds: own / other >= 0.5,
  };
}

function tail(form: Form, many: readonly Served[], few: readonly Served[]): Result {
  const [slow, fast] = [median(many.map((one) => one.p99Ms)), median(few.map((one) => one.p99Ms))];
  return {
    scenario: `sign-in evaluated by ${MANY} rules, p99`,
    form: form.name,
    ours: `${round(slow)} ms`,
    reference: `by ${FEW}: ${round(fast)} ms`,
    ratio: round(slow / fast, 2),
    limit: '≤ 3',
    holds: slow / fast <= 3,
  };
}
