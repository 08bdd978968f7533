import { randomUUID } from 'node:crypto';
import { DeliveryBreachedV1, RevocationCompletedV1 } from '@curfew/contracts';
import { until } from '../../../../test/support/until.js';
import { ACCEPTED, attemptOf, FAILED, openFanout, revokedEvent, type FakeFanout } from '../fanout.fake.js';

/** A revocation is complete when as many deliveries are settled as the registry counted, in whatever order that is told. */
describe('completion of revocations', () => {
  let fanout: FakeFanout;
  let tenant: string;
  let revocationId: string;
  let watcher: ReturnType<FakeFanout['watcher']>;
  beforeAll(async () => {
    fanout = await openFanout();
    watcher = fanout.watcher();
    watcher.onApplicationBootstrap();
  });
  afterAll(async () => {
    await watcher.beforeApplicationShutdown();
    await fanout.close();
  });
  beforeEach(async () => {
    await fanout.owner.query('DELETE FROM deliveries');
    tenant = await fanout.tenant();
    revocationId = randomUUID();
  });

  const events = (count: number, given = {}) =>
    Array.from({ length: count }, () => revokedEvent(tenant, { revocationId, ...given }));
  async function answer(outcome = ACCEPTED): Promise<void> {
    const recorder = fanout.recorder();
    for (const delivery of await fanout.store.claim([], 100))
      recorder.add(delivery, attemptOf(delivery, outcome), false);
    await recorder.finish();
  }
  const completed = () => fanout.published(tenant, RevocationCompletedV1);
  const complete = () => until('it is completed', async () => (await completed())[0]);

  const plan = () => fanout.plan(tenant, events(2));
  const resolve = () => fanout.resolved(tenant, revocationId, 4);
  it.each([
    ['count first', [resolve, plan, answer, plan, answer]],
    ['count last', [plan, answer, plan, answer, resolve]],
    ['count in between', [plan, answer, resolve, plan, answer]],
    ['answers last', [plan, plan, resolve, answer]],
    ['count told twice', [resolve, plan, resolve, answer, plan, answer]],
  ] as const)('I5 %s: once, with the exact figures', async (_, steps) => {
    for (const step of steps.slice(0, -1)) {
      await step();
      expect(await completed()).toEqual([]);
    }
    await steps.at(-1)!();
    expect(await complete()).toMatchObject({ revocationId, ended: 4, accepted: 4, breached: 0, rejected: 0 });
    await Promise.all([resolve(), resolve()]);
    expect(await completed()).toHaveLength(1);
  });

  it('of two workers that settle the last two deliveries one completes it', async () => {
    for (let n = 0; n < 5; n++) {
      revocationId = randomUUID();
      await fanout.plan(tenant, events(2));
      await fanout.resolved(tenant, revocationId, 2);
      const recorders = (await fanout.store.claim([], 2)).map((delivery) => {
        const recorder = fanout.recorder();
        recorder.add(delivery, attemptOf(delivery, ACCEPTED), false);
        return recorder;
      });
      await Promise.all(recorders.map((recorder) => recorder.finish()));
      await until('it is completed', async () => (await completed()).length > n);
      expect(await completed()).toHaveLength(n + 1);
    }
  });

  it('N-07 what is not told by its deadline is breached, once, and settles it; the tries go on', async () => {
    await fanout.plan(tenant, events(2, { deadlineInMs: 400 }));
    await fanout.resolved(tenant, revocationId, 2);
    await answer(FAILED);
    expect(await completed()).toEqual([]);
    expect(await complete()).toMatchObject({ accepted: 0, breached: 2 });
    expect(await fanout.published(tenant, DeliveryBreachedV1)).toHaveLength(2);
    await until('they are tried again', () =>
      answer().then(async () => (await fanout.deliveries(tenant)).every(({ state }) => state === 'accepted')),
    );
    expect(await completed()).toHaveLength(1);
    expect((await fanout.deliveries(tenant)).every(({ breachedAt }) => breachedAt !== null)).toBe(true);
  });

  it('waits for the sessions that something else ended before, and counts them apart', async () => {
    const earlier = revokedEvent(tenant, { revocationId: null });
    await fanout.covered(tenant, revocationId, [earlier.data.sessionId]);
    await fanout.plan(tenant, events(1));
    await fanout.resolved(tenant, revocationId, 1, 1);
    await answer();
    expect(await completed()).toEqual([]);
    await fanout.plan(tenant, [earlier]);
    await answer();
    expect(await complete()).toMatchObject({ ended: 1, alreadyEnded: 1, accepted: 1 });
  });

  it('a revocation of nobody is complete at once', async () => {
    await fanout.resolved(tenant, revocationId, 0);
    expect(await complete()).toMatchObject({ ended: 0, accepted: 0 });
  });
});
