import { ACCEPTED, attemptOf, FAILED, openFanout, revokedEvent, type FakeFanout } from '../fanout.fake.js';
import type { AttemptOutcome, LeasedDelivery } from './delivery.js';
import { TimelinessStore } from './timeliness.store.js';

const FROM = new Date('2020-01-01T00:00:00Z');
const TO = new Date('2100-01-01T00:00:00Z');

describe('N-06 how soon each application was told', () => {
  let fanout: FakeFanout;
  let tenant: string;
  beforeAll(async () => (fanout = await openFanout()));
  afterAll(() => fanout.close());
  beforeEach(async () => {
    await fanout.owner.query('DELETE FROM deliveries'); // claims look over all tenants
    tenant = await fanout.tenant(['crm', 'erp']);
  });

  const plan = async (count: number, clientId = 'crm'): Promise<LeasedDelivery[]> => {
    await fanout.plan(
      tenant,
      Array.from({ length: count }, () => revokedEvent(tenant, { clientId })),
    );
    return fanout.store.claim([], count);
  };
  /** So many ms after the signal. */
  const answer = async (deliveries: readonly LeasedDelivery[], ms: number, outcome: AttemptOutcome = ACCEPTED) => {
    const recorder = fanout.recorder();
    for (const delivery of deliveries)
      recorder.add(
        delivery,
        { ...attemptOf(delivery, outcome), finishedAt: new Date(delivery.originAt.getTime() + ms) },
        false,
      );
    await recorder.finish();
  };
  const told = (from = FROM, to = TO, of = tenant) => fanout.run(of, (tx) => new TimelinessStore().told(tx, from, to));

  it('in percentiles that are times there were, each application by itself', async () => {
    const deliveries = await plan(200);
    for (const [index, delivery] of deliveries.entries()) await answer([delivery], 10 * (index + 1));
    await answer(await plan(1, 'erp'), 70);
    expect(await told()).toEqual([
      {
        clientId: 'crm',
        inTime: 200,
        late: 0,
        untold: 0,
        open: 0,
        milliseconds: { p50: 1_000, p95: 1_900, p99: 1_980, longest: 2_000 },
      },
      {
        clientId: 'erp',
        inTime: 1,
        late: 0,
        untold: 0,
        open: 0,
        milliseconds: { p50: 70, p95: 70, p99: 70, longest: 70 },
      },
    ]);
  });

  it('by the first answer that accepts: tries that failed and what is sent again do not count', async () => {
    const [delivery] = await plan(1);
    await answer([delivery!], 100, FAILED);
    await fanout.owner.query('UPDATE deliveries SET due_at = now()');
    await answer(await fanout.store.claim([], 1), 250);
    await fanout.run(tenant, (tx) => fanout.store.requeue(tx, { ids: [delivery!.deliveryId] }, 1));
    await answer(await fanout.store.claim([], 1), 9_000);
    expect(await told()).toMatchObject([{ inTime: 1, milliseconds: { p50: 250, longest: 250 } }]);
  });

  it('told late, never told, given up and still running are four things', async () => {
    const [late, over, rejected, , inTime] = await plan(5);
    await fanout.owner.query(
      `UPDATE deliveries SET origin_at = origin_at - interval '1 minute', deadline_at = origin_at - interval '59 seconds'
       WHERE delivery_id = ANY($1)`,
      [[late!.deliveryId, over!.deliveryId]],
    );
    await answer([late!], 1_500); // of a minute ago
    await fanout.owner.query(`UPDATE deliveries SET state = 'rejected' WHERE delivery_id = $1`, [rejected!.deliveryId]);
    await answer([inTime!], 20);
    expect(await told()).toMatchObject([{ inTime: 1, late: 1, untold: 2, open: 1, milliseconds: { p50: 20 } }]);
  });

  it('of what was planned in the range alone, and of nobody else', async () => {
    const [before, within, after] = await plan(3);
    const day = (text: string) => new Date(`2026-01-${text}T00:00:00Z`);
    const planned = [
      [before, '01'],
      [within, '02'],
      [after, '03'],
    ] as const;
    for (const [delivery, at] of planned)
      await fanout.owner.query('UPDATE deliveries SET planned_at = $2 WHERE delivery_id = $1', [
        delivery!.deliveryId,
        day(at),
      ]);
    expect(await told(day('02'), day('03'))).toMatchObject([{ open: 1, milliseconds: null }]);
    expect(await told(FROM, TO, await fanout.tenant())).toEqual([]);
  });
});
