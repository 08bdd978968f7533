import type { Curfew, SignalView } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

describe('whom a signal means', () => {
  let acme: Organisation;
  let curfew: Curfew;
  beforeAll(async () => {
    acme = await organisation(1);
    ({ curfew } = acme);
  });
  afterAll(() => acme.close());

  const put = (id: string, subject: Record<string, unknown>) =>
    curfew.ask<{ code?: string; detail?: string }>('registry', 'PUT', `/v1/subjects/${id}`, subject);
  const terminate = (subject: Record<string, string>) => curfew.tell({ type: 'employment.terminated', subject });
  const isApplied = (signalId: string) =>
    until('the parked signal applied', async () => {
      const signal = await curfew.call<SignalView>('signals', 'GET', `/v1/signals/${signalId}`);
      return signal.progress === 'completed' && signal;
    });
  const signIn = (subject: string) =>
    curfew.ask<{ code: string }>('registry', 'POST', '/v1/sessions', {
      subject,
      clientId: acme.clientIds[0],
      authenticatedAt: new Date().toISOString(),
    });
  const barred = { status: 403, body: { code: 'subject_barred' } };

  it.each<readonly [string, Record<string, string>]>([
    ['the id', { id: 'one-id' }],
    ['the employee id', { employeeId: 'E-1815' }],
    ['the e-mail address, however it is written', { email: ' Ada@ACME.example' }],
    ['the account at an issuer', { iss: 'https://idp.acme.example', sub: 'u-4417' }],
  ])('is one person by %s', async (_, reference) => {
    const id = Object.keys(reference)[0]!;
    await put(`one-${id}`, {
      identifiers: { employeeId: 'E-1815', email: 'ada@acme.example' },
      accounts: [{ iss: 'https://idp.acme.example', sub: 'u-4417' }],
    });
    const { sid } = await curfew.open(`one-${id}`, acme.clientIds[0]!);

    expect((await terminate(reference)).progress).toBe('completed');

    expect(acme.applications[0]!.ended).toContain(sid);
    expect(await signIn(`one-${id}`)).toMatchObject(barred);
    await put(`one-${id}`, {}); // whose identifiers they were is free for the next
  });

  it('is never two people: an identifier that is taken is refused, and nothing of it is kept', async () => {
    await put('holder', { identifiers: { email: 'bob@acme.example' }, accounts: [{ iss: 'https://idp', sub: '1' }] });
    for (const taken of [
      { identifiers: { email: 'BOB@acme.example', employeeId: 'E-2' } },
      { identifiers: { employeeId: 'E-2' }, accounts: [{ iss: 'https://idp', sub: '1' }] },
    ])
      expect(await put('thief', taken)).toMatchObject({ status: 409, body: { code: 'identifier_taken' } });
    expect((await curfew.ask('registry', 'GET', '/v1/subjects/thief')).status).toBe(404);
    expect((await put('somebody', { identifiers: { employeeId: 'E-2' } })).status).toBe(200);
  });

  it('F-66 may be unknown: the signal is kept, shown as unmatched, and applies when the directory names them', async () => {
    const { signalId, progress, state } = await terminate({ employeeId: 'E-77' });
    expect({ progress, state }).toEqual({ progress: 'unmatched', state: 'received' });
    const { items } = await curfew.call<{ items: SignalView[] }>('signals', 'GET', '/v1/signals?progress=unmatched');
    expect(items.map((signal) => signal.signalId)).toContain(signalId);
    const { sid } = await curfew.open('cy', acme.clientIds[0]!); // not known to be E-77

    expect((await put('cy', { identifiers: { employeeId: 'E-77' } })).status).toBe(200);

    await isApplied(signalId);
    expect(acme.applications[0]!.ended).toContain(sid);
    expect(await signIn('cy')).toMatchObject(barred);
  });

  it('F-66 may be unknown until they sign in for the first time: that sign-in is refused', async () => {
    const { signalId, progress } = await terminate({ id: 'dee' });
    expect(progress).toBe('unmatched');
    expect(await signIn('dee')).toMatchObject(barred);
    await isApplied(signalId);
    expect(await curfew.sessions({ subject: 'dee', status: 'live' })).toEqual([]);
  });

  it('F-66 may be unknown and rescinded before they appear: then nothing happens to them', async () => {
    const { signalId } = await terminate({ employeeId: 'E-88' });
    await curfew.call('signals', 'POST', `/v1/signals/${signalId}/rescind`, {});
    await until('the rescission arrived', async () => {
      const signal = await curfew.call<SignalView>('signals', 'GET', `/v1/signals/${signalId}`);
      return signal.progress === 'settled';
    });
    await put('eve', { identifiers: { employeeId: 'E-88' } });
    expect((await signIn('eve')).status).toBe(201);
  });

  it('F-66 keeps the order of what its source said of somebody unknown', async () => {
    const subject = { employeeId: 'E-99' };
    await curfew.tell({ type: 'employment.rehired', subject, occurredAt: '2026-02-01T08:00:00Z' });
    await curfew.tell({ type: 'employment.terminated', subject, occurredAt: '2026-01-31T17:00:00Z' });
    await put('fay', { identifiers: { employeeId: 'E-99' } });
    expect((await signIn('fay')).status).toBe(201);
  });

  it('RV-06 is whoever is at a compromised device', async () => {
    await put('gus', {});
    const at = (id: string) => curfew.open('gus', acme.clientIds[0]!, { device: { id } });
    const [hit, spared] = [await at('stolen'), await at('at-home')];
    const { progress, revocationId } = await curfew.tell({ type: 'device.compromised', device: { id: 'stolen' } });
    expect(progress).toBe('completed');
    expect(await curfew.call('registry', 'GET', `/v1/revocations/${revocationId}`)).toMatchObject({
      target: { kind: 'device', id: 'stolen' },
      ended: 1,
      signal: { type: 'device.compromised' },
    });
    expect(acme.applications[0]!.ended).toContain(hit.sid);
    expect((await curfew.introspect(spared.sid, acme.clientIds[0])).active).toBe(true);
    await expect(at('stolen')).rejects.toThrow('device_quarantined');
  });
});
