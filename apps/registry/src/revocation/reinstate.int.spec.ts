import { SubjectReinstatedV1 } from '@curfew/contracts';
import { ACTOR, codeOf, openRegistry, type FakeRegistry } from '../registry.fake.js';

describe('reinstate', () => {
  let registry: FakeRegistry;
  let tenant: string;
  beforeAll(async () => (registry = await openRegistry()));
  afterAll(() => registry.close());
  beforeEach(async () => {
    tenant = await registry.tenant();
    await registry.subject(tenant, 'u-1');
  });

  const target = { kind: 'subject', id: 'u-1' } as const;
  const bar = () => registry.revoke(tenant, target, true);
  const lift = (revocationId?: string) =>
    registry.reinstate.execute(
      { tenant, actor: ACTOR },
      target,
      { reason: 'cleared', ...(revocationId === undefined ? {} : { revocationId }) },
      () => Promise.resolve(),
    );
  /** Anew, once the clock skew of the application lies between it and what was lifted. */
  const signIn = async () => codeOf(registry.open(tenant, 'u-1', { authenticatedAt: await registry.later(2) }));

  it('one of two bars: the other still bars', async () => {
    const [first, second] = [await bar(), await bar()];
    expect(await lift(first.revocationId)).toMatchObject({ lifted: [first.revocationId], barsLeft: 1 });
    expect(await signIn()).toBe('subject_barred');
    expect(await codeOf(lift(first.revocationId))).toBe('bar_not_found');
    expect(await lift(second.revocationId)).toMatchObject({ barsLeft: 0 });
    expect(await signIn()).toBe('opened');
  });

  it('both at once, by two people at once: each is lifted by one of them', async () => {
    await bar();
    await bar();
    const release = await registry.hold('bars');
    const lifting = [lift(), lift()];
    await registry.waiting(2);
    await release();
    const lifted = await Promise.all(lifting);
    expect(lifted.map((one) => one.lifted.length).sort()).toEqual([0, 2]);
    expect(await registry.published(tenant, SubjectReinstatedV1)).toHaveLength(1);
    expect(await signIn()).toBe('opened');
  });

  it('I4 sessions of before stay dead, and what was authenticated before the lift opens none', async () => {
    const { id } = await registry.open(tenant, 'u-1', { sid: 'old' });
    await bar();
    const whileBarred = await registry.later(5);
    await registry.later(5);
    await lift();
    expect(await codeOf(registry.open(tenant, 'u-1', { sid: 'old' }))).toBe('session_ended');
    expect(await codeOf(registry.open(tenant, 'u-1', { authenticatedAt: whileBarred }))).toBe(
      'authenticated_before_revocation',
    );
    expect(await signIn()).toBe('opened');
    expect(await registry.checkSession.execute({ tenant, sessionId: id }, true)).toMatchObject({ active: false });
  });

  it('F-88 lifted in the same moment as another bar is raised: the state is one of the two orders, never half', async () => {
    for (let n = 0; n < 10; n++) {
      await bar();
      const [{ revocationId }, lifted] = await Promise.all([bar(), lift()]);
      const bars = await registry.owner.query('SELECT revocation_id FROM bars WHERE tenant = $1', [tenant]);
      const standing = bars.rows.map((row: { revocation_id: string }) => row.revocation_id);
      expect(standing).toEqual(lifted.lifted.includes(revocationId) ? [] : [revocationId]);
      expect(await signIn()).toBe(standing.length > 0 ? 'subject_barred' : 'opened');
      await lift();
    }
  });
});
