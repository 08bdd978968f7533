import type { Curfew, SessionView } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

const now = () => new Date().toISOString();

describe('who may come in again', () => {
  let acme: Organisation;
  let curfew: Curfew;
  let clientId: string;
  beforeAll(async () => {
    acme = await organisation(2, { more: { clockSkewSeconds: 0 } });
    ({ curfew } = acme);
    clientId = acme.clientIds[0]!;
  });
  afterAll(() => acme.close());

  const signIn = (subject: string, more: Record<string, unknown> = {}) =>
    curfew.ask<{ id: string; sid: string; code: string }>('registry', 'POST', '/v1/sessions', {
      subject,
      clientId,
      authenticatedAt: now(),
      ...more,
    });
  const refused = (code: string) => ({ status: 403, body: { code } });
  const reinstate = (subject: string, body: Record<string, unknown> = {}) =>
    curfew.ask('registry', 'POST', `/v1/subjects/${subject}/reinstate`, body);
  const clear = (device: string) => curfew.ask('registry', 'POST', `/v1/devices/${device}/clear`, {});
  const quarantine = (device: string) =>
    curfew.call<{ ended: number }>(
      'registry',
      'POST',
      `/v1/devices/${device}/revoke`,
      {},
      {
        headers: { prefer: 'wait=10' },
      },
    );

  it('N-08 is whoever authenticates after the kill; a sign-in that was under way is refused', async () => {
    await curfew.person('ada', acme.clientIds);
    const began = now();
    await curfew.revoke({ subject: 'ada' });
    expect(await signIn('ada', { authenticatedAt: began })).toMatchObject(refused('authenticated_before_revocation'));
    expect((await signIn('ada')).status).toBe(201);
  });

  it.each([
    ['application', (org: Organisation) => org.clientIds[1]!],
    ['group', () => 'night-shift'],
  ] as const)('N-08 holds for a kill of a whole %s', async (kind, idIn) => {
    const who = `of-${kind}`;
    await curfew.call('registry', 'PUT', `/v1/subjects/${who}`, { groups: ['night-shift'] });
    const began = now();
    await curfew.revoke({ [kind]: idIn(acme) });
    const at = { clientId: acme.clientIds[1], authenticatedAt: began };
    expect(await signIn(who, at)).toMatchObject(refused('authenticated_before_revocation'));
    expect((await signIn(who, { ...at, authenticatedAt: now() })).status).toBe(201);
  });

  it('is nobody while a bar stands: of two revocations, both with a bar, one reinstated leaves the other', async () => {
    await curfew.person('bob', acme.clientIds);
    const [first, second] = [
      await curfew.revoke({ subject: 'bob' }, { bar: true }),
      await curfew.revoke({ subject: 'bob' }, { bar: true }),
    ];
    expect(await signIn('bob')).toMatchObject(refused('subject_barred'));

    const lifted = await reinstate('bob', { revocationId: first.revocationId });

    expect(lifted).toMatchObject({ status: 200, body: { lifted: [first.revocationId], barsLeft: 1 } });
    expect(await signIn('bob')).toMatchObject(refused('subject_barred'));
    expect(await reinstate('bob', { revocationId: first.revocationId })).toMatchObject({
      status: 404,
      body: { code: 'bar_not_found' },
    });
    expect(await reinstate('bob')).toMatchObject({ body: { lifted: [second.revocationId], barsLeft: 0 } });
    expect((await signIn('bob')).status).toBe(201);
  });

  it('N-19 is, after the lift, whoever signs in anew; no old session, and no sign-in of before', async () => {
    await curfew.person('cy', acme.clientIds);
    const old = await curfew.sessions({ subject: 'cy' });
    await curfew.revoke({ subject: 'cy' }, { bar: true });
    const whileBarred = now();
    await reinstate('cy');
    for (const { id, sid, clientId: at } of old) {
      expect(await curfew.call('registry', 'POST', `/v1/sessions/${id}/activity`, {})).toEqual({
        active: false,
        reauthenticate: false, // signing in again would not help: it is over
      });
      expect((await curfew.introspect(sid, at)).active).toBe(false);
      expect(await signIn('cy', { sid, clientId: at })).toMatchObject({ status: 409, body: { code: 'session_ended' } });
    }
    expect(await signIn('cy', { authenticatedAt: whileBarred })).toMatchObject(
      refused('authenticated_before_revocation'),
    );
    expect((await signIn('cy')).status).toBe(201);
  });

  it('RV-06 RV-07 RV-08 is the person from a clean device, at once, when theirs was killed', async () => {
    const at = (id: string, more: Record<string, unknown> = {}) => signIn('dee', { device: { id }, ...more });
    const born = [await at('stolen'), await at('stolen', { clientId: acme.clientIds[1] })];
    const other = await signIn('eve', { device: { id: 'stolen' } }); // whoever it was
    const spared = await at('desk');

    expect((await quarantine('stolen')).ended).toBe(3);

    for (const { body } of [...born, other])
      expect(acme.applications.some(({ ended }) => ended.has(body.sid))).toBe(true);
    expect((await curfew.introspect(spared.body.sid, clientId)).active).toBe(true);
    expect((await at('clean')).status).toBe(201);
    expect(await at('stolen')).toMatchObject(refused('device_quarantined'));
  });

  it('is nobody on a device that was quarantined before it was ever seen, until it is cleared', async () => {
    expect((await quarantine('tainted')).ended).toBe(0);
    expect(await curfew.call('registry', 'GET', '/v1/devices/tainted')).toMatchObject({
      quarantined: true,
      firstSeenAt: null,
      liveSessions: 0,
    });
    const device = { id: 'tainted' };
    expect(await signIn('fay', { device })).toMatchObject(refused('device_quarantined'));
    expect(await clear('tainted')).toMatchObject({ status: 200, body: { barsLeft: 0 } });
    expect((await signIn('fay', { device })).status).toBe(201);
    expect(await curfew.call('registry', 'GET', '/v1/devices/tainted')).toMatchObject({
      quarantined: false,
      liveSessions: 1,
    });
    expect(await clear('no-such-device')).toMatchObject({ status: 404, body: { code: 'device_not_found' } });
  });

  it('keeps what a cleared device had dead', async () => {
    const device = { id: 'mended' };
    const { body: old } = await signIn('gus', { device });
    const began = now();
    await quarantine('mended');
    await clear('mended');
    expect((await curfew.introspect(old.sid, clientId)).active).toBe(false);
    expect(await signIn('gus', { device, authenticatedAt: began })).toMatchObject(
      refused('authenticated_before_revocation'),
    );
    expect((await signIn('gus', { device })).status).toBe(201);
  });

  it('is, of a team that was killed, nobody who moves out of it or into it', async () => {
    const put = (who: string, groups: string[]) => curfew.call('registry', 'PUT', `/v1/subjects/${who}`, { groups });
    await put('hal', ['killed', 'spared']);
    await put('ida', ['spared']);
    const began = now();
    const { body: his } = await signIn('hal');
    const { body: hers } = await signIn('ida', { authenticatedAt: began });
    await curfew.revoke({ group: 'killed' });

    await put('hal', ['spared']);
    await put('ida', ['killed']); // with a session of before the kill

    for (const { sid } of [his, hers]) {
      expect((await curfew.introspect(sid, clientId)).active).toBe(false);
      await until('the application was told', () => acme.applications[0]!.ended.has(sid));
    }
    const [session] = (await curfew.sessions({ subject: 'ida' })) as [SessionView];
    expect(session).toMatchObject({ status: 'ended', cause: 'revoked' });
    expect(await signIn('ida', { authenticatedAt: began })).toMatchObject(refused('authenticated_before_revocation'));
    expect((await signIn('ida')).status).toBe(201);
    expect((await signIn('hal')).status).toBe(201);
  });
});
