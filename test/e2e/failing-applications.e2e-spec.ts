import { decodeProtectedHeader } from 'jose';
import type { Application, Behaviour } from '../support/applications.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

interface Delivery {
  readonly id: string;
  readonly clientId: string;
  readonly state: string;
  readonly attempts: number;
  readonly deadlineAt: string;
  readonly breachedAt: string | null;
  readonly dueAt: string;
}

interface Try {
  readonly number: number;
  readonly status: number | null;
  readonly outcome: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

const DAY = '86400';
/** What a machine as busy as this may add to a second. */
const NOISE_MS = 1_500;

describe('applications that fail', () => {
  let acme: Organisation;
  beforeEach(async () => {
    acme = await organisation(14);
  });
  afterEach(() => acme.close());

  const deliveryAt = async ({ clientId }: Application): Promise<Delivery | undefined> =>
    (await acme.curfew.call<{ items: Delivery[] }>('fanout', 'GET', `/v1/deliveries?clientId=${clientId}`)).items[0];
  const triesAt = async (application: Application): Promise<Try[]> => {
    const { id } = (await deliveryAt(application))!;
    return (await acme.curfew.call<{ tries: Try[] }>('fanout', 'GET', `/v1/deliveries/${id}`)).tries;
  };
  const inState = (application: Application, state: string, withinMs = 15_000): Promise<Delivery> =>
    until(
      `${application.clientId} is ${state}`,
      async () => {
        const delivery = await deliveryAt(application);
        return delivery?.state === state && delivery;
      },
      withinMs,
    );
  const expectFresh = ({ journal }: Application): void => {
    expect(new Set(journal.map(({ claims }) => claims.jti)).size).toBe(journal.length);
    for (const { claims, arrivedAt } of journal) expect(Math.abs(claims.iat! - arrivedAt / 1000)).toBeLessThan(2.5);
  };

  it('F-51 are asked again with fresh tokens until they are well, and slow nobody else', async () => {
    const { applications, clientIds, curfew } = acme;
    const [down, resets, closed, refuses, flaky, ...rest] = applications as [
      Application,
      Application,
      Application,
      Application,
      Application,
      ...Application[],
    ];
    const statuses: Behaviour[] = [
      { status: 401 },
      { status: 404 },
      { status: 410 },
      { status: 429, headers: { 'retry-after': DAY } },
      { status: 500 },
    ];
    const odd = rest.slice(0, statuses.length);
    const well = rest.slice(statuses.length);
    odd.forEach((application, at) => (application.behaviour = statuses[at]!));
    down.behaviour = { status: 503, headers: { 'retry-after': DAY } };
    resets.behaviour = 'reset';
    refuses.behaviour = { status: 400 };
    flaky.behaviour = { status: 400 };
    await closed.close();
    await curfew.person('ada', clientIds);
    const { signalId } = await curfew.terminate('ada');

    await until('those that are well are told', () => well.every(({ journal }) => journal.length === 1));
    expect(down.journal.every(({ answered }) => answered === 503)).toBe(true);
    await until('the one that is down has been for four seconds', () => {
      const [first] = down.journal;
      return first !== undefined && Date.now() - first.arrivedAt > 4_000;
    });
    const healedAt = Date.now();
    for (const application of [down, resets, flaky, ...odd]) application.behaviour = {};
    await closed.listen((clientId, token) => {
      expect(token).not.toBe('');
      return Promise.resolve(clientId);
    });
    await Promise.all([down, resets, closed, flaky, ...odd].map((application) => inState(application, 'accepted')));

    for (const application of [down, resets, flaky, ...odd]) {
      const told = application.journal.at(-1)!;
      expect(told.answered).toBe(200);
      // At least once a second while its deadline runs: that and no Retry-After decides.
      expect(told.arrivedAt - healedAt).toBeLessThan(1_200 + NOISE_MS);
      expect(application.journal.length).toBeGreaterThan(2);
      expectFresh(application);
    }
    expect((await triesAt(closed)).some(({ outcome }) => outcome === 'unreachable')).toBe(true);

    await inState(refuses, 'rejected', 25_000);
    const tries = await triesAt(refuses);
    expect(tries.length).toBeGreaterThanOrEqual(3);
    expect(tries.every(({ status }) => status === 400)).toBe(true);
    const [first, last] = [tries[0]!, tries.at(-1)!];
    expect(Date.parse(last.finishedAt) - Date.parse(first.finishedAt)).toBeGreaterThanOrEqual(10_000);
    expectFresh(refuses);

    const signal = await until('the signal is done', async () => {
      const found = await curfew.call('signals', 'GET', `/v1/signals/${signalId}`);
      return found.progress === 'completed' && found;
    });
    expect(signal).toMatchObject({ outcome: { accepted: 13, rejected: 1, breached: 0 } });
    for (const { journal } of well) expect(journal).toHaveLength(1);
  });

  it('N-06 F-50 are shown as breached at the deadline, and told when they come back', async () => {
    const { applications, clientIds, curfew } = acme;
    const [hangs, ...well] = applications as [Application, ...Application[]];
    hangs.behaviour = 'hang';
    await curfew.person('ada', clientIds);
    const revocation = await curfew.call<{ revocationId: string; state: string; outcome: unknown }>(
      'registry',
      'POST',
      '/v1/revocations',
      { target: { subject: 'ada' }, reason: 'r', deadlineSeconds: 3 },
      { headers: { prefer: 'wait=15' } },
    );
    expect(revocation).toMatchObject({ state: 'settled', outcome: { accepted: well.length, breached: 1 } });
    for (const { journal } of well) expect(journal).toHaveLength(1);

    const { breachedAt, deadlineAt, state } = (await deliveryAt(hangs))!;
    expect(state).toBe('planned'); // it goes on
    expect(Math.abs(Date.parse(breachedAt!) - Date.parse(deadlineAt))).toBeLessThan(1_000 + NOISE_MS);
    const chain = await until('the chain shows it', async () => {
      const found = await curfew.call<{
        timeline: { requestedAt: string };
        sessions: { clientId: string; delivery: { breachedAt: string } | null }[];
      }>('registry', 'GET', `/v1/revocations/${revocation.revocationId}`);
      const own = found.sessions.find(({ clientId }) => clientId === hangs.clientId);
      return own?.delivery?.breachedAt ? found : undefined;
    });
    expect(chain.sessions.filter(({ delivery }) => delivery?.breachedAt)).toHaveLength(1);
    const { items } = await curfew.call<{ items: Delivery[] }>('fanout', 'GET', '/v1/deliveries?state=breached');
    expect(items.map(({ clientId }) => clientId)).toEqual([hangs.clientId]);
    const entry = await until('the trail has it', async () => {
      const trail = await curfew.call<{ items: { data: { clientId: string } }[] }>(
        'audit',
        'GET',
        '/v1/audit?type=curfew.delivery.breached.v1',
      );
      return trail.items.length > 0 && trail.items;
    });
    expect(entry.map(({ data }) => data.clientId)).toEqual([hangs.clientId]);
    const health = await until('its failure is noted', async () => {
      const at = `/v1/applications/${hangs.clientId}`;
      const found = (await curfew.call<{ health: Record<string, unknown> }>('fanout', 'GET', at)).health;
      return found.lastFailure !== null && found;
    });
    expect(health).toMatchObject({ lastSuccessAt: null, waiting: 1 });

    hangs.behaviour = {};
    const told = await inState(hangs, 'accepted', 20_000);
    expect(told.breachedAt).toBe(breachedAt); // a mark that stays
    expectFresh(hangs);
    for (const { token } of hangs.journal) expect(decodeProtectedHeader(token)).toMatchObject({ typ: 'logout+jwt' });
    const after = await curfew.call('fanout', 'GET', `/v1/applications/${hangs.clientId}`);
    expect(after).toMatchObject({ health: { consecutiveFailures: 0, waiting: 0 } });

    // By the applications' own clocks too.
    const report = await curfew.call<{ items: { clientId: string; milliseconds: { p99: number } }[] }>(
      'fanout',
      'GET',
      '/v1/deliveries/timeliness?objective=90',
    );
    expect(report.items.map(({ clientId }) => clientId).sort()).toEqual(clientIds.toSorted());
    for (const { journal, clientId } of applications) {
      const told = report.items.find((item) => item.clientId === clientId)!;
      const late = clientId === hangs.clientId ? 1 : 0;
      expect(told).toMatchObject({ inTime: 1 - late, late, untold: 0, open: 0, errorBudget: { missed: late } });
      const accepted = journal.find(({ answered }) => answered === 200)!;
      const own = accepted.arrivedAt - Date.parse(chain.timeline.requestedAt);
      expect(Math.abs(told.milliseconds.p99 - own)).toBeLessThan(NOISE_MS);
    }
  });
});
