import { randomUUID } from 'node:crypto';
import { clock } from '../child.js';
import { inTurns } from '../../support/curfew.js';
import type { Form } from '../../support/form.js';
import type { Result } from '../result.js';
import { round } from '../statistics.js';
import { prepareKills } from './kill.js';

const PEOPLE = 1_000;
const APPLICATIONS = 5;
const AT_ONCE = 16;

/** 1,000 people with five sessions each, 16 calls at once: until all is told, recorded and in the audit trail. */
export async function throughputScenario(form: Form, limit: number): Promise<Result[]> {
  const bench = await prepareKills(form, APPLICATIONS);
  const { receivers, bare, clientIds } = bench;
  try {
    const people = Array.from({ length: PEOPLE }, () => randomUUID());
    await inTurns(people, 8, (person) => form.curfew.person(person, clientIds));
    // A thousand people in seconds is what the guard of a source is there for.
    await form.curfew.call('signals', 'PUT', '/v1/guards/api', { most: null });
    await quiet(form);
    const shape = { people: PEOPLE, applications: APPLICATIONS, atOnce: AT_ONCE };
    const before = await bare.call<number>('throughput', shape);
    await receivers.call('reset');
    const startedAt = clock();
    await inTurns(people, AT_ONCE, (person) => form.curfew.terminate(person));
    const { lastAt } = await receivers.call<{ lastAt: number }>('arrivals', PEOPLE * APPLICATIONS);
    await audited(form, people);
    const seconds = (clock() - startedAt) / 1000;
    const after = await bare.call<number>('throughput', shape);
    const reference = (before + after) / 2;
    const ours = (PEOPLE * APPLICATIONS) / seconds;
    return [
      {
        scenario: `${PEOPLE} people × ${APPLICATIONS} applications, ${AT_ONCE} calls at once, all recorded and audited`,
        form: form.name,
        ours: `${round(ours, 0)} tokens/s (last told after ${round((lastAt - startedAt) / 1000, 2)} s, audited after ${round(seconds, 2)} s)`,
        reference: `bare ${round(reference, 0)} tokens/s`,
        ratio: round(ours / reference, 2),
        limit: `≥ ${limit}`,
        holds: ours / reference >= limit,
      },
    ];
  } finally {
    receivers.stop();
    bare.stop();
  }
}

/** The trail holds that each of them was completed. */
async function audited(form: Form, people: readonly string[]): Promise<void> {
  for (;;) {
    const done = await completed(form, people.length);
    if (done >= people.length) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function completed(form: Form, atMost: number): Promise<number> {
  let cursor: string | null = null;
  let count = 0;
  do {
    const page: { items: unknown[]; nextCursor: string | null } = await form.curfew.call(
      'audit',
      'GET',
      `/v1/audit?type=curfew.revocation.completed.v1&from=${encodeURIComponent(since)}${cursor ? `&cursor=${cursor}` : ''}`,
    );
    count += page.items.length;
    cursor = page.nextCursor;
  } while (cursor && count < atMost);
  return count;
}

let since = new Date().toISOString();

/** The trail has caught up with the preparation. */
async function quiet(form: Form): Promise<void> {
  let last = -1;
  for (;;) {
    const page: { items: { seq: number }[] } = await form.curfew.call('audit', 'GET', '/v1/audit');
    const head = page.items[0]?.seq ?? 0;
    if (head === last) break;
    last = head;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  since = new Date().toISOString();
}
