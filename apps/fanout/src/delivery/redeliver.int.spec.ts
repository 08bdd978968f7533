import { DeliveryAbandonedV1, DeliveryRequeuedV1 } from '@curfew/contracts';
import type { Principal } from '@curfew/runtime';
import { ACCEPTED, attemptOf, FAILED, openFanout, revokedEvent, type FakeFanout } from '../fanout.fake.js';
import type { LeasedDelivery } from './delivery.js';

describe('N-07 sending again', () => {
  let fanout: FakeFanout;
  let tenant: string;
  beforeAll(async () => (fanout = await openFanout()));
  afterAll(() => fanout.close());
  beforeEach(async () => {
    await fanout.owner.query('DELETE FROM deliveries'); // claims look over all tenants
    tenant = await fanout.tenant(['crm', 'erp']);
  });

  const plan = (count: number, clientId = 'crm') =>
    fanout.plan(
      tenant,
      Array.from({ length: count }, () => revokedEvent(tenant, { clientId })),
    );
  const again = (more: object = {}) => {
    const caller = { tenant, actor: 'key:test' } as Principal;
    return fanout.redeliver.execute(caller, {
      clientId: 'crm',
      from: '2020-01-01T00:00:00Z',
      to: '2100-01-01T00:00:00Z',
      ...more,
    });
  };
  const record = async (deliveries: readonly LeasedDelivery[], outcome = ACCEPTED) => {
    const recorder = fanout.recorder();
    for (const delivery of deliveries) recorder.add(delivery, attemptOf(delivery, outcome), false);
    await recorder.finish();
  };

  it('goes through a range of any size, each delivery once, also while it is told and planned on', async () => {
    await plan(1_200);
    await plan(1, 'erp');
    await record(await fanout.store.claim([], 2_000));
    const { redelivered, nextCursor } = await again();
    expect([redelivered, nextCursor]).toEqual([1_000, expect.any(String)]);
    await record(await fanout.store.claim([], 500)); // what was told meanwhile is not sent a third time
    await plan(1);
    expect(await again({ cursor: nextCursor })).toEqual({ redelivered: 201, nextCursor: null });
    const told = (await fanout.published(tenant, DeliveryRequeuedV1)).map(({ deliveryId }) => deliveryId);
    expect([told.length, new Set(told).size]).toEqual([1_201, 1_201]);
  });

  it('takes no cursor that it has not given, and none with ids', async () => {
    await expect(again({ cursor: 'bm9uc2Vuc2U' })).rejects.toMatchObject({ code: 'invalid_cursor' });
    const ids = { ids: [], clientId: undefined, from: undefined, to: undefined, cursor: 'x' };
    await expect(again(ids)).rejects.toMatchObject({ code: 'invalid_field' });
  });

  it('begins seven days of tries anew, however old it is', async () => {
    await plan(1);
    const ageBy = (column: string) =>
      fanout.owner.query(`UPDATE deliveries SET ${column} = ${column} - interval '8 days', due_at = now()`);
    await ageBy('planned_at');
    await again();
    await record(await fanout.store.claim([], 1), FAILED);
    expect(await fanout.deliveries(tenant)).toMatchObject([{ state: 'planned', attempts: 1 }]);
    await ageBy('requeued_at');
    await record(await fanout.store.claim([], 1), FAILED);
    expect(await fanout.published(tenant, DeliveryAbandonedV1)).toHaveLength(1);
  });
});
