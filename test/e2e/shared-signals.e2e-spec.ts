import { randomUUID } from 'node:crypto';
import type { Answer, Curfew, SignalView } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { CAEP, RISC, Transmitter } from '../support/transmitter.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

interface Registered {
  readonly transmitterId: string;
  readonly name: string;
  readonly secret: string;
}
const made = (what: string): string => `${what}-${randomUUID().slice(0, 8)}`;

describe('shared signals', () => {
  let acme: Organisation;
  let curfew: Curfew;
  let idp: Transmitter;
  let registered: Registered;
  beforeAll(async () => {
    [acme, idp] = await Promise.all([organisation(2, { more: { clockSkewSeconds: 0 } }), Transmitter.start()]);
    ({ curfew } = acme);
    registered = await curfew.call('signals', 'POST', '/v1/transmitters', {
      ...{ name: made('idp'), issuer: idp.issuer, audience: [idp.audience] },
    });
  });
  afterAll(() => Promise.all([acme?.close(), idp?.close()]));

  /** As the transmitter: no key of Curfew's, only the secret it was given. */
  const push = (
    token: string,
    headers: Record<string, string> = {},
  ): Promise<Answer<{ err: string; description: string }>> =>
    curfew.as('none').ask('signals', 'POST', `/v1/security-events/${registered.transmitterId}`, undefined, {
      raw: token,
      headers: { authorization: `Bearer ${registered.secret}`, 'content-type': 'application/secevent+jwt', ...headers },
    });
  const account = (sub: string) => ({ format: 'iss_sub', iss: idp.issuer, sub });
  const person = async (): Promise<string> => {
    const id = made('ada');
    await curfew.person(id, acme.clientIds);
    await curfew.call('registry', 'PUT', `/v1/subjects/${id}`, {
      identifiers: { employeeId: id },
      accounts: [{ iss: idp.issuer, sub: `u-${id}` }],
    });
    return id;
  };
  const told = async (who: string): Promise<void> => {
    const sids = (await curfew.sessions({ subject: who })).map(({ sid }) => sid);
    await until('every application was told', () =>
      acme.applications.every(({ ended }) => sids.some((sid) => ended.has(sid))),
    );
  };

  it('RV-09 CAEP session-revoked, pushed, ends what a person has everywhere; they may sign in again', async () => {
    const who = await person();
    const answer = await push(await idp.set(`${CAEP}session-revoked`, account(`u-${who}`)));
    expect([answer.status, answer.body]).toEqual([202, '']);
    await told(who);
    expect(await curfew.sessions({ subject: who, status: 'live' })).toEqual([]);
    await curfew.open(who, acme.clientIds[0]!);
    const path = `/v1/signals?source=ssf:${registered.name}&type=sessions.revoked`;
    const { items } = await curfew.call<{ items: SignalView[] }>('signals', 'GET', path);
    const payload = (await curfew.call('signals', 'GET', `/v1/signals/${items[0]!.signalId}`)).payload;
    expect(payload).toMatchObject({ iss: idp.issuer, sub_id: account(`u-${who}`) });
  });

  it('SSF §3.3 of a person on a device ends what they have there, and nothing elsewhere', async () => {
    const who = await person();
    const phone = made('phone');
    const kept = await curfew.open(who, acme.clientIds[0]!, { device: { id: phone } });
    const device = { format: 'opaque', id: `device-of-${who}` };
    const subject = { format: 'complex', user: account(`u-${who}`), device };
    const status = { previous_status: 'compliant', current_status: 'not-compliant' };
    expect((await push(await idp.set(`${CAEP}device-compliance-change`, subject, status))).status).toBe(202);
    await told(who);
    expect((await curfew.sessions({ subject: who, status: 'live' })).map(({ id }) => id)).toEqual([kept.id]);
  });

  it('RISC account-disabled keeps the person out until account-enabled', async () => {
    const who = await person();
    // In seconds, as it is told: two of one second would be a tie, and a tie ends access.
    const event_timestamp = Math.floor(Date.now() / 1000) - 5;
    await push(await idp.set(`${RISC}account-disabled`, account(`u-${who}`), { event_timestamp }));
    await told(who);
    await expect(curfew.open(who, acme.clientIds[0]!)).rejects.toThrow(/subject_barred/);
    await push(await idp.set(`${RISC}account-enabled`, account(`u-${who}`)));
    await until('the bar is lifted', () =>
      curfew.open(who, acme.clientIds[0]!).then(
        () => true,
        () => false,
      ),
    );
  });

  it('RFC 8936: a stream that is set up there is polled, and what it says is acknowledged when it is kept', async () => {
    const polled = await curfew.call<Registered>('signals', 'POST', '/v1/transmitters', {
      ...{ name: made('polled'), issuer: idp.issuer, credentials: { token: 'access' } },
    });
    const path = `/v1/transmitters/${polled.transmitterId}`;
    await curfew.call('signals', 'PUT', `${path}/stream`, { delivery: 'poll', events: [`${CAEP}session-revoked`] });
    await until('it has verified itself', async () => {
      const { verifiedAt } = await curfew.call('signals', 'GET', path);
      return verifiedAt !== null;
    });
    const who = await person();
    await idp.say(`${CAEP}session-revoked`, account(`u-${who}`));
    await told(who);
    await until('it is acknowledged', () => idp.waiting.size === 0);
    await curfew.call('signals', 'DELETE', `${path}/stream`);
    expect(idp.stream).toBeUndefined();
  });

  it('RFC 8935: what is refused is told in its own words, and each is one line of the audit trail', async () => {
    const token = await idp.set(`${CAEP}session-revoked`, account('nobody'));
    const refusals: [string, Answer<{ err: string; description: string }>][] = [
      ['invalid_audience', await push(await idp.set(`${CAEP}session-revoked`, account('x'), {}, { aud: 'other' }))],
      ['invalid_issuer', await push(await idp.set(`${CAEP}session-revoked`, account('x'), {}, { iss: 'other' }))],
      ['authentication_failed', await push(`${token.slice(0, -8)}AAAAAAAA`)],
      ['authentication_failed', await push(token, { authorization: 'Bearer wrong' })],
      [
        'invalid_request',
        await push(await idp.set(`${CAEP}session-revoked`, account('x'), {}, {}, { n: 'x'.repeat(100_000) })),
      ],
      ['invalid_request', await push('ada left')],
    ];
    for (const [err, answer] of refusals)
      expect([err, answer.status, answer.headers['content-language'], answer.body.err]).toEqual([err, 400, 'en', err]);
    expect((await push(token, { 'content-type': 'text/plain' })).status).toBe(415);
    const path = `/v1/audit?type=curfew.security-event.refused.v1&subject=${registered.transmitterId}`;
    await until('each stands in the trail', async () => {
      const { items } = await curfew.call<{ items: { data: { err: string } }[] }>('audit', 'GET', path);
      return items.length >= refusals.length && items;
    });
    const { items } = await curfew.call<{ items: { data: { err: string } }[] }>('audit', 'GET', path);
    expect(items.map(({ data }) => data.err).sort()).toEqual(refusals.map(([err]) => err).sort());
  });
});
