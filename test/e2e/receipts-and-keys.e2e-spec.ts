import { generateKeyPairSync } from 'node:crypto';
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  jwtVerify,
  SignJWT,
  type JSONWebKeySet,
} from 'jose';
import type { Application, Behaviour } from '../support/applications.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const RECEIPT = 'logout-receipt+jwt';
const key = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
type Keys = ReturnType<typeof key>;

interface Delivery {
  readonly id: string;
  readonly clientId: string;
  readonly state: string;
  readonly disputedAt: string | null;
}

const deliveryAt = async ({ curfew }: Organisation, { clientId }: Application): Promise<Delivery> =>
  until('the delivery is settled', async () => {
    const path = `/v1/deliveries?clientId=${clientId}`;
    const [delivery] = (await curfew.call<{ items: Delivery[] }>('fanout', 'GET', path)).items;
    return delivery !== undefined && delivery.state !== 'planned' ? delivery : undefined;
  });

describe('N-01 F-58 receipts', () => {
  let acme: Organisation;
  afterAll(() => acme.close());

  it('that verify confirm; any that does not is disputed, and shown', async () => {
    const kinds: Readonly<Record<string, [state: string, disputed: boolean]>> = {
      verified: ['confirmed', false],
      none: ['accepted', false],
      'not a JWS': ['accepted', true],
      'for another token': ['accepted', true],
      'for another session': ['accepted', true],
      'alg none': ['accepted', true],
      'HS256 with the public key': ['accepted', true],
      "another application's key": ['accepted', true],
      'too old': ['accepted', true],
      'another type': ['accepted', true],
    };
    acme = await organisation(Object.keys(kinds).length);
    const { applications, clientIds, curfew } = acme;
    const own = new Map<Application, Keys>(applications.map((application) => [application, key()]));
    for (const [application, { publicKey }] of own) {
      await curfew.call('fanout', 'PATCH', `/v1/applications/${application.clientId}`, {
        jwks: { keys: [await exportJWK(publicKey)] },
      });
    }
    const receiptOf = async (kind: string, application: Application, token: string): Promise<string> => {
      const { jti, sid, iss } = decodeJwt<{ sid: string }>(token);
      const { privateKey, publicKey } = own.get(application)!;
      const claims = {
        logout_jti: kind === 'for another token' ? 'another' : jti,
        sid: kind === 'for another session' ? 'another' : sid,
      };
      const jwt = (alg: string) =>
        new SignJWT(claims)
          .setProtectedHeader({ alg, typ: kind === 'another type' ? 'JWT' : RECEIPT })
          .setIssuer(application.clientId)
          .setAudience(iss!)
          .setIssuedAt(kind === 'too old' ? Math.floor(Date.now() / 1000) - 3_600 : undefined);
      switch (kind) {
        case 'not a JWS':
          return 'confirmed, honestly';
        case 'alg none': {
          const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
          const now = Math.floor(Date.now() / 1000);
          return `${part({ alg: 'none', typ: RECEIPT })}.${part({ ...claims, iss: application.clientId, aud: iss, iat: now })}.`;
        }
        case 'HS256 with the public key':
          return jwt('HS256').sign(Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })));
        case "another application's key":
          return jwt('ES256').sign(own.get(applications[0]!)!.privateKey);
        default:
          return jwt('ES256').sign(privateKey);
      }
    };
    Object.keys(kinds).forEach((kind, at) => {
      const application = applications[at]!;
      const behaviour: Behaviour = async (token, _request, response) => {
        if (kind === 'none') return void response.writeHead(200).end();
        const receipt = await receiptOf(kind, application, token);
        response.writeHead(200, { 'content-type': `application/${RECEIPT}` }).end(receipt);
      };
      application.behaviour = behaviour;
    });
    await curfew.person('ada', clientIds);
    await curfew.terminate('ada', {}, { headers: { prefer: 'wait=10' } });

    const found: Record<string, [string, boolean]> = {};
    for (const [at, kind] of Object.keys(kinds).entries()) {
      const { state, disputedAt } = await deliveryAt(acme, applications[at]!);
      found[kind] = [state, disputedAt !== null];
    }
    expect(found).toEqual(kinds);
    const { items } = await curfew.call<{ items: Delivery[] }>('fanout', 'GET', '/v1/deliveries?state=disputed');
    expect(items).toHaveLength(Object.values(kinds).filter(([, disputed]) => disputed).length);
    const trail = await until('the trail has every dispute', async () => {
      const { items: entries } = await curfew.call<{ items: { data: { why: string } }[] }>(
        'audit',
        'GET',
        '/v1/audit?type=curfew.delivery.disputed.v1',
      );
      return entries.length === items.length && entries;
    });
    expect(trail.every(({ data }) => data.why.length > 0)).toBe(true);
  });
});

describe('logout tokens', () => {
  let acme: Organisation;
  beforeEach(async () => {
    acme = await organisation(4);
  });
  afterEach(() => acme.close());

  const end = (subject: string) =>
    acme.curfew.call(
      'registry',
      'POST',
      '/v1/revocations',
      { target: { subject }, reason: 'r' },
      { headers: { prefer: 'wait=10' } },
    );
  const headerOf = ({ journal }: Application) => decodeProtectedHeader(journal.at(-1)!.token);

  it('are signed and addressed as each application is registered', async () => {
    const { applications, curfew, clientIds } = acme;
    const [usual, es, ed, bySubject] = applications as [Application, Application, Application, Application];
    const change = ({ clientId }: Application, more: object) =>
      curfew.call('fanout', 'PATCH', `/v1/applications/${clientId}`, more);
    await change(es, { logoutTokenAlg: 'ES256' });
    await change(ed, { logoutTokenAlg: 'EdDSA' });
    await change(bySubject, { logoutTokenFor: 'subject' });
    await curfew.person('ada', clientIds);
    await curfew.open('ada', bySubject.clientId, { device: { id: 'device-of-ada' } });
    await end('ada');
    expect(applications.map((application) => headerOf(application).alg)).toEqual(['RS256', 'ES256', 'EdDSA', 'RS256']);
    expect(usual.journal[0]!.claims).toMatchObject({ sid: expect.any(String) as string });
    expect(usual.journal[0]!.claims).not.toHaveProperty('sub');
    expect(usual.journal[0]!.claims).not.toHaveProperty('nonce');
    expect(bySubject.journal[0]!.claims).toMatchObject({ sub: 'ada' });
    expect(bySubject.journal[0]!.claims).not.toHaveProperty('sid');
    expect(applications.flatMap(({ refused }) => refused)).toEqual([]);
  });

  it('F-61 are signed with the new key after a rotation, and the old key goes on verifying', async () => {
    const { applications, curfew, clientIds } = acme;
    const [application] = applications as [Application];
    await curfew.person('ada', clientIds);
    await end('ada');
    const old = application.journal[0]!;
    const jwks = () => curfew.call<{ keys: { kid: string }[] }>('fanout', 'GET', `/t/${acme.tenant}/jwks.json`);
    const rotate = (activateAfterSeconds: number) =>
      curfew.call<{ kid: string; previousKid: string }>('fanout', 'POST', '/v1/signing-keys/rotate', {
        activateAfterSeconds,
      });

    const later = await rotate(3_600);
    expect((await jwks()).keys.map(({ kid }) => kid)).toEqual(
      expect.arrayContaining([later.kid, headerOf(application).kid]),
    );
    await curfew.person('bob', clientIds);
    await end('bob');
    expect(headerOf(application).kid).toBe(later.previousKid); // the next one is published and does not sign yet

    const { kid, previousKid } = await rotate(0);
    expect(previousKid).toBe(later.previousKid);
    const signedByNew = await until('the new key signs', async () => {
      const who = `eve-${application.journal.length}`;
      await curfew.person(who, clientIds);
      await end(who);
      return headerOf(application).kid === kid;
    });
    expect(signedByNew).toBe(true);
    const keys = createLocalJWKSet((await jwks()) as JSONWebKeySet);
    await jwtVerify(old.token, keys, { audience: application.clientId, typ: 'logout+jwt' });
    // Of a key that signs at once: whoever fetched the keys less than a second ago refuses it, and is told again.
    expect(application.refused.filter((why) => !why.includes('JWKSNoMatchingKey'))).toEqual([]);

    const fresh = await curfew.call<{ kid: string }>('fanout', 'POST', '/v1/signing-keys/rotate', {
      compromised: true,
    });
    expect((await jwks()).keys.map(({ kid }) => kid)).toEqual([fresh.kid]);
    const audited = await until('the audit trail has it', async () => {
      const path = '/v1/audit?type=curfew.signing-key.rotated.v1';
      const { items } = await curfew.call<{ items: { data: { kid: string; withdrawnKids?: string[] } }[] }>(
        'audit',
        'GET',
        path,
      );
      return items.find(({ data }) => data.kid === fresh.kid);
    });
    expect(audited.data.withdrawnKids).toEqual(expect.arrayContaining([later.kid, kid, previousKid]));
  });

  it('are sent again, by ids and by time, with fresh ids of their own', async () => {
    const { applications, curfew, clientIds } = acme;
    const [one, two] = applications as [Application, Application];
    const from = new Date(Date.now() - 60_000).toISOString();
    await curfew.person('ada', clientIds);
    await end('ada');
    const { id } = await deliveryAt(acme, one);
    const redeliver = (body: object) => curfew.call('fanout', 'POST', '/v1/deliveries/redeliver', body);
    expect(await redeliver({ ids: [id] })).toMatchObject({ redelivered: 1 });
    await until('the first is told again', () => one.journal.length === 2);
    const to = new Date(Date.now() + 60_000).toISOString();
    expect(await redeliver({ clientId: two.clientId, from, to })).toMatchObject({ redelivered: 1, nextCursor: null });
    await until('the second is told again', () => two.journal.length === 2);
    expect(await redeliver({ clientId: two.clientId, from: to, to })).toMatchObject({
      redelivered: 0,
      nextCursor: null,
    });
    for (const { journal } of [one, two]) {
      expect(new Set(journal.map(({ claims }) => claims.jti)).size).toBe(2);
      expect(new Set(journal.map(({ claims }) => claims.sid)).size).toBe(1);
    }
  });

  it('an application with live sessions goes only with them', async () => {
    const { applications, curfew } = acme;
    const [application] = applications as [Application];
    await curfew.person('ada', [application.clientId]);
    const path = `/v1/applications/${application.clientId}`;
    expect(await curfew.ask('fanout', 'DELETE', path)).toMatchObject({
      status: 409,
      body: { code: 'application_has_sessions', liveSessions: 1 },
    });
    const { revocationId } = await curfew.call('fanout', 'DELETE', `${path}?end=true`);
    await until('it is told before it goes', () => application.journal.length === 1);
    const { sessions } = await curfew.call<{ sessions: unknown[] }>(
      'registry',
      'GET',
      `/v1/revocations/${String(revocationId)}`,
    );
    expect(sessions).toHaveLength(1);
    expect((await curfew.ask('fanout', 'GET', path)).status).toBe(404);
    const open = { subject: 'ada', clientId: application.clientId, authenticatedAt: new Date().toISOString() };
    expect(await curfew.ask('registry', 'POST', '/v1/sessions', open)).toMatchObject({
      status: 404,
      body: { code: 'application_not_found' },
    });
  });
});
