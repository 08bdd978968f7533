import { SessionRefusedV1, SessionRevokedV1 } from '@curfew/contracts';
import { codeOf, openRegistry, type FakeRegistry } from '../registry.fake.js';

const times = <T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)));

/** A cap is counted under the subject's lock: however many sign in at once, none is let in on an old count. */
describe('caps', () => {
  let registry: FakeRegistry;
  beforeAll(async () => (registry = await openRegistry()));
  afterAll(() => registry.close());

  const live = async (tenant: string) => (await registry.sessions(tenant)).filter(({ ended_at }) => ended_at === null);

  it('CC-09 block: of 50 sign-ins at once at cap 3 three come in, and the others are told so', async () => {
    const tenant = await registry.tenant(['crm'], { cap: 3, overCap: 'block' });
    await registry.subject(tenant, 'u-1');
    const release = await registry.hold('sessions');
    const opening = times(50, () => codeOf(registry.open(tenant, 'u-1')));
    await registry.waiting(5); // one of them has counted and is about to open, whatever the others may do meanwhile
    await release();
    const outcomes = await opening;
    expect(outcomes.filter((code) => code === 'opened')).toHaveLength(3);
    expect(outcomes.filter((code) => code === 'session_limit_reached')).toHaveLength(47);
    expect(await live(tenant)).toHaveLength(3);
    expect(await registry.published(tenant, SessionRefusedV1)).toHaveLength(47);
  });

  it('CC-09 CC-08 evict: all 50 come in, the last three stay, and each eviction names who took the place', async () => {
    const tenant = await registry.tenant(['crm'], { cap: 3, overCap: 'evict' });
    await registry.subject(tenant, 'u-1');
    await times(50, () => registry.open(tenant, 'u-1'));
    const sessions = (await registry.sessions(tenant)).sort((a, b) => a.epoch - b.epoch);
    expect(sessions.map(({ cause }) => cause)).toEqual([
      ...Array.from({ length: 47 }, () => 'evicted'),
      ...[null, null, null],
    ]);
    const told = await registry.published(tenant, SessionRevokedV1);
    const successorOf = new Map(told.map(({ data }) => [data.sessionId, data.successorSessionId]));
    // The oldest each time, for the third after it.
    sessions.slice(0, 47).forEach(({ session_id }, n) => {
      expect(successorOf.get(session_id)).toBe(sessions[n + 3]!.session_id);
    });
    expect(told).toHaveLength(47);
  });

  it('counts sign-ins: sessions of one device are one, whatever the application, also all at once', async () => {
    const tenant = await registry.tenant(['crm', 'erp'], { cap: 3, overCap: 'block' });
    await registry.subject(tenant, 'u-1');
    const outcomes = await times(40, (n) =>
      codeOf(registry.open(tenant, 'u-1', { device: { id: `d-${n % 4}` }, clientId: n % 8 < 4 ? 'crm' : 'erp' })),
    );
    expect(outcomes.filter((code) => code === 'opened')).toHaveLength(30);
    expect(new Set((await live(tenant)).map(({ device_id }) => device_id)).size).toBe(3);
  });

  it('evicts the oldest sign-in as a whole', async () => {
    const tenant = await registry.tenant(['crm', 'erp'], { cap: 2, overCap: 'evict' });
    await registry.subject(tenant, 'u-1');
    for (const [device, clientId] of [
      ['d-0', 'crm'],
      ['d-1', 'crm'],
      ['d-0', 'erp'],
      ['d-2', 'crm'],
    ] as const)
      await registry.open(tenant, 'u-1', { device: { id: device }, clientId });
    expect((await live(tenant)).map(({ device_id }) => device_id)).toEqual(['d-1', 'd-2']);
  });

  it.each(['block', 'evict'] as const)(
    'per application (%s): 30 at once at cap 2, the other application untouched',
    async (overCap) => {
      const tenant = await registry.tenant(['crm', 'erp'], { applications: { crm: { cap: 2, overCap } } });
      await registry.subject(tenant, 'u-1');
      await times(60, (n) => codeOf(registry.open(tenant, 'u-1', { clientId: n % 2 ? 'crm' : 'erp' })));
      const at = await live(tenant);
      expect(at.filter(({ client_id }) => client_id === 'crm')).toHaveLength(2);
      expect(at.filter(({ client_id }) => client_id === 'erp')).toHaveLength(30);
    },
  );

  it('F-82 20 people, 20 sign-ins each, all at once: nobody is over the cap, nobody pays for another', async () => {
    const tenant = await registry.tenant(['crm'], { cap: 3, overCap: 'block' });
    await times(20, (n) => registry.subject(tenant, `u-${n}`));
    await times(400, (n) => codeOf(registry.open(tenant, `u-${Math.floor(n / 20)}`)));
    const counts = new Map<string, number>();
    for (const { subject_id } of await live(tenant)) counts.set(subject_id, (counts.get(subject_id) ?? 0) + 1);
    expect([...counts.values()]).toEqual(Array.from({ length: 20 }, () => 3));
  });

  it('a repeated open of one session counts once, also while the first is under way', async () => {
    const tenant = await registry.tenant(['crm'], { cap: 3, overCap: 'block' });
    await registry.subject(tenant, 'u-1');
    const opened = await times(20, () => registry.open(tenant, 'u-1', { sid: 'the-same' }));
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    expect(opened.filter(({ repeated }) => !repeated)).toHaveLength(1);
    await registry.revoke(tenant, { kind: 'subject', id: 'u-1' });
    expect(await codeOf(registry.open(tenant, 'u-1', { sid: 'the-same' }))).toBe('session_ended');
  });
});
