import { until } from '../../../../test/support/until.js';
import { openRegistry, type FakeRegistry } from '../registry.fake.js';
import { SessionStore } from './session.store.js';
import { WatchStore, type ChangePosition, type WatchedSession } from './watch.store.js';

/** DB-01: whoever follows the sessions of a tenant misses none of their changes. */
describe('following sessions', () => {
  let registry: FakeRegistry;
  const store = new WatchStore();
  beforeAll(async () => (registry = await openRegistry()));
  afterAll(() => registry.close());

  const now = (tenant: string) => registry.run(tenant, (tx) => store.now(tx));
  const since = async (tenant: string, position: ChangePosition, limit = 100) =>
    (await registry.run(tenant, (tx) => store.since(tx, position, limit)))!;

  /** So many changes, as soon as they are told: transactions of others, of any database there, may still be under way. */
  async function told(tenant: string, from: ChangePosition, count: number) {
    const items: WatchedSession[] = [];
    let position = from;
    await until(`${count} changes are told`, async () => {
      const changes = await since(tenant, position);
      items.push(...changes.items);
      ({ position } = changes);
      return items.length >= count || undefined;
    });
    return { items, position };
  }

  it('DB-01 DB-02 tells who, where and with what, when it opens and when it ends', async () => {
    const tenant = await registry.tenant(['crm']);
    await registry.subject(tenant, 'ada', { identifiers: { email: 'ada@acme.test' }, attributes: { region: 'EMEA' } });
    const start = await now(tenant);
    const { id } = await registry.open(tenant, 'ada', { device: { id: 'd-1', name: 'Laptop' }, ip: '192.0.2.7' });
    const opened = await told(tenant, start, 1);
    expect(opened.items).toMatchObject([
      {
        id,
        email: 'ada@acme.test',
        region: 'EMEA',
        application: 'crm',
        deviceName: 'Laptop',
        ip: '192.0.2.7',
        endedAt: null,
      },
    ]);
    expect((await since(tenant, opened.position)).items).toEqual([]);
    await registry.revoke(tenant, { kind: 'subject', id: 'ada' });
    const ended = await told(tenant, opened.position, 1);
    expect(ended.items).toMatchObject([{ id, cause: 'revoked', reason: 'a test' }]);
    expect(BigInt(ended.items[0]!.version)).toBeGreaterThan(BigInt(opened.items[0]!.version));
    const live = await registry.run(tenant, (tx) => store.page(tx, 'live', undefined, 10));
    expect(live).toEqual([]);
    expect(await registry.run(tenant, (tx) => store.page(tx, 'ended', undefined, 10))).toEqual(ended.items);
  });

  it('DB-06 an orphan is one that lives though its person or device is barred: ending leaves none', async () => {
    const tenant = await registry.tenant(['crm']);
    for (const who of ['ada', 'bob', 'carl']) await registry.subject(tenant, who);
    const adas = await registry.open(tenant, 'ada');
    const bobs = await registry.open(tenant, 'bob', { device: { id: 'd-9', name: 'Laptop' } });
    await registry.open(tenant, 'carl');
    const orphans = async () =>
      (await registry.run(tenant, (tx) => new SessionStore().list(tx, { orphaned: true }, undefined, 10)))
        .map(({ sessionId }) => sessionId)
        .sort();
    expect(await orphans()).toEqual([]);
    // Bars without what comes with them: what a crash between the two would leave, were they not one transaction.
    await registry.run(tenant, (tx) =>
      tx.sql(
        `INSERT INTO bars (tenant, kind, target_id, revocation_id, raised_at)
         VALUES ($1, 'subject', 'ada', gen_random_uuid(), now()), ($1, 'device', 'd-9', gen_random_uuid(), now())`,
        [tenant],
      ),
    );
    expect(await orphans()).toEqual([adas.id, bobs.id].sort());
    await registry.revoke(tenant, { kind: 'subject', id: 'ada' });
    await registry.revoke(tenant, { kind: 'device', id: 'd-9' });
    expect(await orphans()).toEqual([]);
  });

  it('one that commits after a younger one is told all the same', async () => {
    const tenant = await registry.tenant(['crm']);
    await registry.subject(tenant, 'old');
    await registry.subject(tenant, 'young');
    const { id } = await registry.open(tenant, 'old');
    const start = await now(tenant);
    let younger = '';
    // The older transaction has written, and is still under way when the younger one has committed and been asked for.
    const meanwhile = await registry.run(tenant, async (tx) => {
      await tx.sql('UPDATE sessions SET last_activity_at = clock_timestamp() WHERE session_id = $1', [id]);
      younger = (await registry.open(tenant, 'young')).id;
      return since(tenant, start);
    });
    // Others use this server as well: for a transaction of theirs the opening of the older one may be told only now.
    expect(meanwhile.items.map((item) => item.id)).not.toContain(younger);
    const all = await told(tenant, meanwhile.position, 2);
    expect(all.items.map((item) => item.id).sort()).toEqual([id, younger].sort());
  });

  it('goes on within a transaction that changed more than a page', async () => {
    const tenant = await registry.tenant(['crm']);
    const start = await now(tenant);
    await registry.subject(tenant, 'ada');
    for (let n = 0; n < 5; n++) await registry.open(tenant, 'ada');
    await registry.revoke(tenant, { kind: 'subject', id: 'ada' });
    const ended = new Set<string>();
    let position = start;
    await until('all five are told', async () => {
      const page = await since(tenant, position, 2);
      for (const { id, endedAt } of page.items) if (endedAt !== null) ended.add(id);
      ({ position } = page);
      return ended.size === 5 || undefined;
    });
  });

  it('I7 nothing of another tenant, and a position of another database is none', async () => {
    const [acme, globex] = [await registry.tenant(['crm']), await registry.tenant(['crm'])];
    const start = await now(acme);
    await registry.subject(globex, 'eve');
    await registry.open(globex, 'eve');
    expect((await since(acme, start)).items).toEqual([]);
    const ahead = { ...start, transaction: '9000000000000000000' };
    expect(await registry.run(acme, (tx) => store.since(tx, ahead, 10))).toBeUndefined();
  });
});
