import { setTimeout } from 'node:timers/promises';
import type { Curfew, SessionView } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

interface Opened {
  readonly id: string;
  readonly sid: string;
  readonly code: string;
}

describe('a session', () => {
  let acme: Organisation;
  let curfew: Curfew;
  let clientId: string;
  beforeAll(async () => {
    acme = await organisation(2);
    ({ curfew } = acme);
    clientId = acme.clientIds[0]!;
  });
  afterAll(() => acme.close());

  const policy = (absoluteSeconds: number, idleSeconds: number | null, query = '') =>
    curfew.call('policy', 'PUT', `/v1/policies/default${query}`, {
      absoluteSeconds,
      idleSeconds,
      cap: null,
      overCap: 'block',
    });
  const open = (subject: string, more: Record<string, unknown> = {}) =>
    curfew.ask<Opened>('registry', 'POST', '/v1/sessions', {
      subject,
      clientId,
      authenticatedAt: new Date().toISOString(),
      ...more,
    });
  const activity = async (id: string) =>
    (await curfew.call<{ active: boolean }>('registry', 'POST', `/v1/sessions/${id}/activity`, {})).active;
  const look = (id: string) => curfew.call<SessionView & { endedAt: string }>('registry', 'GET', `/v1/sessions/${id}`);
  const ended = (id: string) =>
    until(`session ${id} ended`, async () => {
      const session = await look(id);
      return session.status === 'ended' && session;
    });
  const told = (sid: string) =>
    until('its application was told', () => acme.applications.some((application) => application.ended.has(sid)));

  describe('that is opened', () => {
    it('again with its sid is the same one, also by fifty callers at once', async () => {
      await curfew.person('ada', []);
      const answers = await Promise.all(Array.from({ length: 50 }, () => open('ada', { sid: 'tab-1' })));
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
      expect(await open('bob', { sid: 'tab-1' })).toMatchObject({ status: 409, body: { code: 'sid_taken' } });
      expect((await open('bob', { sid: 'tab-1', clientId: acme.clientIds[1] })).status).toBe(201); // another's sid
    });

    it('again when it is dead stays dead', async () => {
      const { body } = await open('ada', { sid: 'tab-2' });
      await curfew.revoke({ session: body.id });
      const dead = { status: 409, body: { code: 'session_ended' } };
      expect(await open('ada', { sid: 'tab-2' })).toMatchObject(dead);
      expect(await activity(body.id)).toBe(false);
      expect(await open('ada', { sid: 'tab-2' })).toMatchObject(dead);
    });

    it('and refused, with a sid the application had given already, is told there', async () => {
      await curfew.person('eve', []);
      await curfew.revoke({ subject: 'eve' }, { bar: true });
      expect(await open('eve', { sid: 'let-in-already' })).toMatchObject({
        status: 403,
        body: { code: 'subject_barred' },
      });
      await told('let-in-already');
      expect(await curfew.sessions({ subject: 'eve' })).toMatchObject([{ status: 'ended', cause: 'refused' }]);
      expect(await open('eve', { sid: 'let-in-already' })).toMatchObject({ body: { code: 'session_ended' } });
    });

    it('at an instant that lies ahead, or an application nobody registered, is refused', async () => {
      const ahead = (ms: number) => ({ authenticatedAt: new Date(Date.now() + ms).toISOString() });
      expect(await open('ada', ahead(120_000))).toMatchObject({
        status: 422,
        body: { code: 'authenticated_in_future' },
      });
      expect((await open('ada', ahead(30_000))).status).toBe(201); // clocks differ
      expect(await open('ada', { clientId: 'nowhere' })).toMatchObject({
        status: 404,
        body: { code: 'application_not_found' },
      });
    });
  });

  describe('that grows old', () => {
    it('LT-01 LT-13 ends at its absolute deadline whatever its activity, at its application too', async () => {
      await policy(2, 3_600);
      const { body } = await open('cy');
      await until('activity no longer keeps it', async () => !(await activity(body.id)));
      const { cause, endedAt } = await ended(body.id);
      expect(cause).toBe('absolute_timeout');
      expect(Date.parse(endedAt)).toBeGreaterThanOrEqual(Date.parse((await look(body.id)).expiresAt));
      await told(body.sid);
    });

    it('LT-02 LT-13 ends when it is idle; activity keeps it, introspection does not', async () => {
      await policy(28_800, 5);
      const [kept, asked, left] = await Promise.all([open('dee'), open('dee'), open('dee')]);
      const gone = [asked.body, left.body];
      // Beside the questions below, so that no slow answer of theirs makes it idle.
      let working = true;
      const work = (async () => {
        while (working) await Promise.all([activity(kept.body.id), setTimeout(200)]);
      })();
      await until(
        'those that nobody used end',
        async () => {
          const { active } = await curfew.introspect(asked.body.sid, clientId);
          return !active && gone.every(({ sid }) => acme.applications[0]!.ended.has(sid));
        },
        20_000,
      );
      working = false;
      await work;
      expect(await activity(kept.body.id)).toBe(true);
      for (const { id } of gone)
        expect(await look(id)).toMatchObject({ status: 'ended', cause: 'idle_timeout', revocationId: null });
      expect(acme.applications[0]!.toldOf(kept.body.sid)).toEqual([]);
    });

    it('PR-02 keeps the deadlines it began with when a policy is changed for the next session', async () => {
      await policy(28_800, null);
      const { body } = await open('fay');
      await policy(1, 1, '?apply=next_session');
      const { body: short } = await open('fay');
      await ended(short.id);
      expect((await look(body.id)).status).toBe('live');
      await policy(28_800, 3_600);
    });
  });

  describe('that is introspected (RFC 7662)', () => {
    it('is described when it goes on, and not at all when it does not', async () => {
      const authenticatedAt = '2026-01-01T08:00:00.000Z';
      const { body } = await open('gus', { authenticatedAt });
      const { iat, exp, ...said } = await curfew.introspect(body.sid, clientId);
      expect(said).toEqual({
        active: true,
        client_id: clientId,
        sub: 'gus',
        sid: body.sid,
        auth_time: Date.parse(authenticatedAt) / 1000,
      });
      expect(Number(exp) - Number(iat)).toBe(3_600);
      await curfew.revoke({ session: body.id });
      expect(await curfew.introspect(body.sid, clientId)).toEqual({ active: false });
      expect(await curfew.introspect('unheard-of', clientId)).toEqual({ active: false });
    });

    it('is there for its own application only: with the key of another it does not exist', async () => {
      const [own, other] = await Promise.all(
        acme.clientIds.map((id) => curfew.newKey({ roles: ['application'], clientId: id })),
      );
      const { body } = await open('hal');
      const notFound = { status: 404, body: { code: 'session_not_found' } };

      expect((await own!.introspect(body.sid)).active).toBe(true);
      expect(await other!.introspect(body.sid)).toEqual({ active: false });
      expect(await other!.introspect(body.sid, clientId)).toEqual({ active: false });
      for (const [method, path] of [
        ['GET', ''],
        ['DELETE', ''],
        ['POST', '/activity'],
      ] as const)
        expect(
          await other!.ask('registry', method, `/v1/sessions/${body.id}${path}`, method === 'POST' ? {} : undefined),
        ).toMatchObject(notFound);
      expect((await other!.sessions({ clientId })).map(({ clientId: of }) => of)).not.toContain(clientId);
      const mine = { subject: 'hal', clientId, authenticatedAt: new Date().toISOString() };
      expect(await other!.ask('registry', 'POST', '/v1/sessions', mine)).toMatchObject({ status: 403 });
      expect((await own!.ask('registry', 'POST', '/v1/sessions', mine)).status).toBe(201);
      expect(await own!.ask('registry', 'GET', `/v1/sessions/${body.id}`)).toMatchObject({ status: 200 });
    });
  });

  it('that a broker opened moments ago is told of twice, each time with a new jti: the first may overtake the call-back', async () => {
    const broker = await curfew.newKey({ roles: ['broker'] });
    await curfew.person('ida', []);
    const authenticatedAt = new Date().toISOString();
    const [first, second] = acme.clientIds;
    const byBroker = await broker.open('ida', first!, { authenticatedAt });
    const byApplication = await curfew.open('ida', second!, { authenticatedAt });
    const { revocationId } = await curfew.revoke({ subject: 'ida' });
    const tokens = await until(
      'the second token',
      () => {
        const tokensOf = acme.applications[0]!.toldOf(byBroker.sid);
        return tokensOf.length > 1 && tokensOf;
      },
      20_000,
    );
    expect(new Set(tokens.map(({ claims }) => claims.jti)).size).toBe(2);
    expect(tokens[1]!.claims.iat! - tokens[0]!.claims.iat!).toBeGreaterThanOrEqual(2);
    expect(acme.applications[1]!.toldOf(byApplication.sid)).toHaveLength(1);
    // It stays one delivery, and the count is of sessions.
    const deliveries = await until('the second answer is recorded', async () => {
      const path = `/v1/deliveries?revocation=${revocationId}`;
      const { items } = await curfew.call<{ items: { sid: string; state: string; attempts: number }[] }>(
        'fanout',
        'GET',
        path,
      );
      return items.every(({ state }) => state === 'accepted') && items;
    });
    expect(new Map(deliveries.map(({ sid, attempts }) => [sid, attempts]))).toEqual(
      new Map([
        [byBroker.sid, 2],
        [byApplication.sid, 1],
      ]),
    );
    expect(await curfew.call('registry', 'GET', `/v1/revocations/${revocationId}`)).toMatchObject({
      state: 'settled',
      ended: 2,
    });
  });
});
