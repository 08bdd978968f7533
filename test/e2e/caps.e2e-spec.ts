import { capUnderFire } from '../support/cap-under-fire.js';
import type { Curfew, SessionView } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

interface Opened {
  readonly id: string;
  readonly sid: string;
  readonly evicted: readonly string[];
  readonly code: string;
}

describe('how many sign-ins a person may have', () => {
  let acme: Organisation;
  let curfew: Curfew;
  beforeAll(async () => {
    acme = await organisation(2);
    ({ curfew } = acme);
  });
  afterAll(() => acme.close());

  const policy = (more: Record<string, unknown>) =>
    curfew.call('policy', 'PUT', '/v1/policies/default', {
      absoluteSeconds: 28_800,
      idleSeconds: 3_600,
      cap: null,
      overCap: 'block',
      ...more,
    });
  const signIn = (subject: string, device: string | undefined, more: Record<string, unknown> = {}, by = curfew) =>
    by.ask<Opened>('registry', 'POST', '/v1/sessions', {
      subject,
      clientId: acme.clientIds[0],
      authenticatedAt: new Date().toISOString(),
      ...(device === undefined ? {} : { device: { id: device } }),
      ...more,
    });
  const elsewhere = () => ({ clientId: acme.clientIds[1] });
  const live = (subject: string) => curfew.sessions({ subject, status: 'live' });
  const limited = { status: 403, body: { code: 'session_limit_reached' } };

  it('CC-01 CC-04 is three where nobody said otherwise: the fourth is refused, and the three live on', async () => {
    const fresh = await organisation(1);
    const ask = (device: string) => signIn('ada', device, { clientId: fresh.clientIds[0] }, fresh.curfew);
    const signed = [await ask('1'), await ask('2'), await ask('3')];
    const last = await ask('4');
    expect(signed.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(last).toMatchObject(limited);
    expect(await fresh.curfew.sessions({ subject: 'ada', status: 'live' })).toHaveLength(3);
    await fresh.close();
  });

  it('CC-06 counts sign-ins: what one device, or one sign-in id, opens at several applications is one', async () => {
    await policy({ cap: 2 });
    expect((await signIn('bob', 'laptop')).status).toBe(201);
    expect((await signIn('bob', 'laptop', elsewhere())).status).toBe(201);
    expect((await signIn('bob', undefined, { signInId: 'sso-1' })).status).toBe(201);
    expect((await signIn('bob', undefined, { signInId: 'sso-1', ...elsewhere() })).status).toBe(201);
    expect(await signIn('bob', 'phone')).toMatchObject(limited);
    expect(await signIn('bob', undefined)).toMatchObject(limited); // with neither it counts alone
  });

  it('CC-03 CC-05 CC-08 evicts, at cap one, the whole sign-in before, and leaves a record that names both', async () => {
    await policy({ cap: 1, overCap: 'evict' });
    const before = [await signIn('cy', 'laptop'), await signIn('cy', 'laptop', elsewhere())];
    const { status, body: after } = await signIn('cy', 'phone');

    expect(status).toBe(201);
    expect([...after.evicted].sort()).toEqual(before.map(({ body }) => body.id).sort());
    expect((await live('cy')).map(({ id }) => id)).toEqual([after.id]);
    for (const { body } of before) {
      expect(await curfew.call<SessionView>('registry', 'GET', `/v1/sessions/${body.id}`)).toMatchObject({
        cause: 'evicted',
        successorSessionId: after.id,
      });
      await until('its application was told', () => acme.applications.some(({ ended }) => ended.has(body.sid)));
      const records = await until('the eviction is on the trail', async () => {
        const query = 'type=curfew.session.revoked.v1&subject=cy';
        const { items } = await curfew.call<{ items: { data: Record<string, string> }[] }>(
          'audit',
          'GET',
          `/v1/audit?${query}`,
        );
        const own = items.filter(({ data }) => data.sessionId === body.id);
        return own.length > 0 && own;
      });
      expect(records).toHaveLength(1);
      expect(records[0]!.data).toMatchObject({ cause: 'evicted', successorSessionId: after.id });
    }
  });

  it('CC-02 holds for one application as well as for the person', async () => {
    const [first] = acme.clientIds;
    await policy({ cap: null, applications: { [first!]: { cap: 1, overCap: 'evict' } } });
    const [old, there] = [await signIn('dee', 'a'), await signIn('dee', 'a', elsewhere())];
    const next = await signIn('dee', 'b');
    expect(next.body.evicted).toEqual([old.body.id]);
    await signIn('dee', 'b', elsewhere());
    expect((await live('dee')).map(({ id }) => id)).toContain(there.body.id);
    expect(await live('dee')).toHaveLength(3);

    await policy({ cap: null, applications: { [first!]: { cap: 1, overCap: 'block' } } });
    expect(await signIn('dee', 'c')).toMatchObject(limited);
    expect((await signIn('dee', 'c', elsewhere())).status).toBe(201);
  });

  it.each(['block', 'evict'] as const)(
    'CC-09 F-82 is never more than the cap, of fifty sign-ins at once of each of several people, by %s',
    async (overCap) => {
      await capUnderFire(curfew, acme.applications[0]!, { people: 3, signIns: 50, cap: 3, overCap });
    },
  );
});
