import { DeliveryAcceptedV1, DeliveryAttemptedV1, DeliveryRejectedV1 } from '@curfew/contracts';
import { ACCEPTED, attemptOf, FAILED, openFanout, revokedEvent, type FakeFanout } from '../fanout.fake.js';
import type { LeasedDelivery } from './delivery.js';

describe('leases on deliveries', () => {
  let fanout: FakeFanout;
  let tenant: string;
  beforeAll(async () => (fanout = await openFanout()));
  afterAll(() => fanout.close());
  beforeEach(async () => {
    await fanout.owner.query('DELETE FROM deliveries'); // claims look over all tenants
    tenant = await fanout.tenant(['crm', 'erp']);
  });

  const planned = (count: number, given = {}) =>
    fanout.plan(
      tenant,
      Array.from({ length: count }, () => revokedEvent(tenant, given)),
    );
  const claim = async (limit = 100) => fanout.store.claim([], limit);
  /** Its holder froze, and the lease is over. */
  const expire = () =>
    fanout.owner.query(`UPDATE deliveries SET due_at = now() - interval '1 second' WHERE tenant = $1`, [tenant]);
  const record = async (delivery: LeasedDelivery, outcome = ACCEPTED, healed = false) => {
    const recorder = fanout.recorder();
    recorder.add(delivery, attemptOf(delivery, outcome), healed);
    await recorder.finish();
  };

  it('of many workers at once each gets rows of its own, and each row goes to one', async () => {
    await planned(60);
    const claims = await Promise.all(Array.from({ length: 4 }, () => claim(20)));
    const ids = claims.flat().map(({ deliveryId }) => deliveryId);
    expect(new Set(ids).size).toBe(ids.length);
    const rest = await claim();
    expect(ids.length + rest.length).toBe(60);
    expect(await claim()).toEqual([]);
  });

  it('leaves out applications that can take nothing now, and probes one of those with one delivery', async () => {
    await planned(3);
    await planned(3, { clientId: 'erp' });
    const claimed = await fanout.store.claim([{ tenant, clientId: 'erp' }], 100);
    expect(claimed.map(({ clientId }) => clientId)).toEqual(['crm', 'crm', 'crm']);
    expect(await fanout.store.claimProbe(tenant, 'erp')).toHaveLength(1);
  });

  it('a lease that ran out is taken over, as a further try', async () => {
    await planned(1);
    const [held] = await claim();
    expect(await claim()).toEqual([]);
    await expire();
    const [taken] = await claim();
    expect(taken).toMatchObject({ deliveryId: held!.deliveryId, attempts: 2 });
    expect(taken!.leaseToken).not.toBe(held!.leaseToken);
  });

  it('F-03 a thawed holder whose lease was taken over writes nothing, whatever it was answered', async () => {
    await planned(1);
    const [frozen] = await claim();
    await expire();
    const [holder] = await claim();
    await record(frozen!, ACCEPTED);
    expect(await fanout.deliveries(tenant)).toMatchObject([{ state: 'planned', attempts: 2 }]);
    expect(await fanout.published(tenant, DeliveryAcceptedV1)).toEqual([]);
    await fanout.store.release([frozen!]);
    expect(await claim()).toEqual([]); // nor does it give back what is another's
    await record(holder!, FAILED);
    await record(frozen!, ACCEPTED);
    expect(await fanout.deliveries(tenant)).toMatchObject([{ state: 'planned' }]);
    expect(await fanout.published(tenant, DeliveryAttemptedV1)).toHaveLength(1);
  });

  it('an outcome is written once, also when it is handed in twice', async () => {
    await planned(1);
    const [held] = await claim();
    await Promise.all([record(held!), record(held!), record(held!, FAILED)]);
    expect(await fanout.run(tenant, (tx) => fanout.store.attemptsOf(tx, held!.deliveryId))).toHaveLength(1);
    const said = await Promise.all(
      [DeliveryAcceptedV1, DeliveryAttemptedV1].map((one) => fanout.published(tenant, one)),
    );
    expect(said.flat()).toHaveLength(1);
  });

  it('what could not be sent is given back without its try, due at once', async () => {
    await planned(1);
    await fanout.store.release(await claim());
    expect(await claim()).toMatchObject([{ attempts: 1 }]);
  });

  it('F-14 one delivery a session, however often and by how many at once it is planned', async () => {
    const event = revokedEvent(tenant);
    await Promise.all(Array.from({ length: 3 }, () => fanout.plan(tenant, [event, revokedEvent(tenant)])));
    const deliveries = await fanout.deliveries(tenant);
    expect(deliveries).toHaveLength(4);
    expect(deliveries.filter(({ sessionId }) => sessionId === event.data.sessionId)).toHaveLength(1);
  });

  it('an application that answers again gets all that waits for it at once; others wait on, and leased ones stay leased', async () => {
    await planned(3);
    await planned(1, { clientId: 'erp' });
    const claimed = await claim();
    const crm = claimed.filter(({ clientId }) => clientId === 'crm');
    for (const delivery of claimed.filter((one) => one !== crm[0] && one !== crm[1])) await record(delivery, FAILED);
    await fanout.owner.query(
      `UPDATE deliveries SET due_at = due_at + interval '1 hour' WHERE tenant = $1 AND lease_token IS NULL`,
      [tenant],
    );
    expect(await claim()).toEqual([]);
    await record(crm[0]!, ACCEPTED, true);
    expect((await claim()).map(({ deliveryId }) => deliveryId)).toEqual([crm[2]!.deliveryId]);
  });

  it('without an endpoint it is rejected, and shown so', async () => {
    await planned(1, { clientId: 'nobody' });
    expect(await fanout.deliveries(tenant)).toMatchObject([{ state: 'rejected' }]);
    expect(await fanout.published(tenant, DeliveryRejectedV1)).toMatchObject([{ why: 'no_endpoint' }]);
    expect(await claim()).toEqual([]);
  });
});
