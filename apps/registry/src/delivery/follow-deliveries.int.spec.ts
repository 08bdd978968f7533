import { randomUUID } from 'node:crypto';
import { RevocationResolvedV1, type DeliveryFacts } from '@curfew/contracts';
import { openRegistry, type FakeRegistry } from '../registry.fake.js';
import { RevocationStore } from '../revocation/revocation.store.js';
import { SessionStore } from '../session/session.store.js';
import { DeliveryStore } from './delivery.store.js';
import { FollowDeliveries, type DeliveryEvent } from './follow-deliveries.js';

/** What is followed is what they say; who says it, and when, is the audit trail's. */
const told = (data: DeliveryFacts & { why?: string }) => ({ data }) as DeliveryEvent;

const AT = '2026-11-01T08:00:00.000Z';

describe('what fanout tells, a batch at a time', () => {
  let registry: FakeRegistry;
  let tenant: string;
  let follow: FollowDeliveries;
  const store = new DeliveryStore();

  beforeAll(async () => {
    registry = await openRegistry();
    follow = new FollowDeliveries(store, new SessionStore(), new RevocationStore(registry.sweeper));
  });
  afterAll(() => registry.close());
  beforeEach(async () => (tenant = await registry.tenant()));

  const delivery = () => ({ deliveryId: randomUUID(), sessionId: randomUUID() });
  const factsOf = (of: Pick<DeliveryFacts, 'deliveryId' | 'sessionId'>, number: number) => ({
    ...of,
    clientId: 'app-1',
    subjectId: 'u-1',
    revocationId: null,
    plannedAt: AT,
    deadlineAt: AT,
    breachedAt: null,
    attempt: { number, jti: null, startedAt: AT, finishedAt: AT, status: 503, outcome: 'failed', detail: null },
  });
  const viewOf = async ({ sessionId }: ReturnType<typeof delivery>) =>
    (await registry.unitOfWork.run(tenant, (tx) => store.ofSessions(tx, [sessionId]))).get(sessionId);
  const numbers = (attempts: readonly unknown[] = []) => attempts.map((one) => (one as { number: number }).number);

  it('several of one delivery in one batch are all kept, in their order; one that is told again changes nothing', async () => {
    const [one, other] = [delivery(), delivery()];
    const attempted = [factsOf(one, 1), factsOf(other, 1), factsOf(one, 2), factsOf(one, 3)].map(told);
    for (const _again of [1, 2])
      await registry.unitOfWork.run(tenant, (tx) => follow.execute(attempted, {}, false, tx));
    expect(await viewOf(one)).toMatchObject({ state: 'planned', disputed: false });
    expect(numbers((await viewOf(one))?.attempts)).toEqual([1, 2, 3]);
    expect(numbers((await viewOf(other))?.attempts)).toEqual([1]);
  });

  it('a later word changes what it says and leaves the rest', async () => {
    const one = delivery();
    await registry.unitOfWork.run(tenant, async (tx) => {
      await follow.execute([told({ ...factsOf(one, 1), why: 'another key' })], { disputed: true }, false, tx);
      await follow.execute([told(factsOf(one, 2))], { state: 'accepted' }, true, tx);
    });
    expect(await viewOf(one)).toMatchObject({ state: 'accepted', disputed: true, detail: 'another key' });
  });

  it('of what revocations ended, the next one covers those whose applications are not told yet', async () => {
    const opened = [await registry.open(tenant, 'u-1'), await registry.open(tenant, 'u-1')];
    for (const { id } of opened) await registry.revoke(tenant, { kind: 'session', id });
    const covered = async () => {
      const { revocationId } = await registry.revoke(tenant, { kind: 'subject', id: 'u-1' });
      const resolved = await registry.published(tenant, RevocationResolvedV1);
      return resolved.find(({ data }) => data.revocationId === revocationId)?.data.alreadyEnded;
    };
    expect(await covered()).toBe(2);
    const accepted = factsOf({ ...delivery(), sessionId: opened[0]!.id }, 1);
    await registry.run(tenant, (tx) => follow.execute([told(accepted)], { state: 'accepted' }, true, tx));
    expect(await covered()).toBe(1);
  });
});
