import { SessionRevokedV1, type DefaultPolicy } from '@curfew/contracts';
import { until } from '../../../../test/support/until.js';
import { openRegistry, type FakeRegistry } from '../registry.fake.js';
import type { ExpireSessions } from './expire-sessions.js';

describe('expiry', () => {
  let registry: FakeRegistry;
  const started: ExpireSessions[] = [];
  beforeAll(async () => (registry = await openRegistry()));
  afterAll(() => registry.close());
  afterEach(async () => {
    await Promise.all(started.splice(0).map((sweeper) => sweeper.beforeApplicationShutdown()));
  });

  const sweep = (instances = 1): void => {
    for (let n = 0; n < instances; n++) {
      started.push(registry.expireSessions());
      started.at(-1)!.onApplicationBootstrap();
    }
  };
  const opened = async (policy: Partial<DefaultPolicy>) => {
    const tenant = await registry.tenant(['crm'], policy);
    return { tenant, ...(await registry.open(tenant, 'u-1')) };
  };
  const stateOf = async (tenant: string) => (await registry.sessions(tenant)).map(({ cause }) => cause);
  const over = (tenant: string) =>
    until('every session is over', async () => (await stateOf(tenant)).every((cause) => cause !== null));

  it('LT-13 whichever deadline comes first ends it, at the application too, with its cause', async () => {
    const idle = await opened({ absoluteSeconds: 1_000, idleSeconds: 50 });
    const absolute = await opened({ absoluteSeconds: 50, idleSeconds: 1_000 });
    const never = await opened({ absoluteSeconds: 1_000, idleSeconds: null });
    await registry.later(51);
    sweep();
    await over(idle.tenant);
    await over(absolute.tenant);
    expect(await stateOf(idle.tenant)).toEqual(['idle_timeout']);
    expect(await stateOf(absolute.tenant)).toEqual(['absolute_timeout']);
    expect(await stateOf(never.tenant)).toEqual([null]);
    expect(await registry.published(idle.tenant, SessionRevokedV1)).toMatchObject([
      { data: { sessionId: idle.id, cause: 'idle_timeout', revocationId: null } },
    ]);
  });

  it('of two sweepers at once each session is ended by one, and told of once', async () => {
    const tenant = await registry.tenant(['crm'], { absoluteSeconds: 50 });
    await Promise.all(Array.from({ length: 60 }, (_, n) => registry.open(tenant, `u-${n % 6}`)));
    await registry.later(51);
    sweep(3);
    await over(tenant);
    const told = (await registry.published(tenant, SessionRevokedV1)).map(({ data }) => data.sessionId);
    expect(told.sort()).toEqual((await registry.sessions(tenant)).map(({ session_id }) => session_id).sort());
  });

  it('activity that has not reached PostgreSQL moves the deadline; when it is over too, the session ends', async () => {
    await registry.keeper.onApplicationBootstrap();
    try {
      const { tenant, id } = await opened({ absoluteSeconds: 1_000, idleSeconds: 50 });
      const other = await registry.open(tenant, 'u-2');
      const touchedAt = (await registry.later(40)).getTime();
      await until('the registry has read the clock', () => registry.keeper.now() >= touchedAt);
      expect(await registry.checkSession.execute({ tenant, sessionId: id }, true)).toMatchObject({ active: true });
      await registry.later(40);
      sweep();
      await until('the idle one is over', async () => (await registry.published(tenant, SessionRevokedV1)).length > 0);
      expect(await registry.published(tenant, SessionRevokedV1)).toMatchObject([{ data: { sessionId: other.id } }]);
      const { rows } = await registry.owner.query<{ at: Date }>(
        'SELECT last_activity_at AS at FROM sessions WHERE session_id = $1',
        [id],
      );
      expect(rows[0]!.at.getTime()).toBeGreaterThanOrEqual(touchedAt);
      await registry.later(40);
      await over(tenant);
      expect(await stateOf(tenant)).toEqual(['idle_timeout', 'idle_timeout']);
    } finally {
      await registry.keeper.beforeApplicationShutdown();
    }
  });
});
