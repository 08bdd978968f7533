import { createHmac } from 'node:crypto';
import type { Problem } from '@curfew/contracts';
import { createLogger, readConfig } from '@curfew/runtime';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { TransmitterClient } from '../transmitter/transmitter.client.js';
import { TransmitterKeys } from '../transmitter/transmitter-keys.js';
import type { Transmitter } from '../transmitter/transmitter.js';
import { jtiOf, readSet } from './read-set.js';

const now = new Date('2026-11-25T12:00:00Z');
const seconds = now.getTime() / 1000;
const REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked';

/** Who is asked for keys, and how often. */
class KeysOnPaper extends TransmitterClient {
  readonly asked: string[] = [];
  keys: object[] = [];
  override send(uri: string) {
    this.asked.push(uri);
    const { keys } = this;
    return Promise.resolve({ status: 200, json: () => ({ keys }) });
  }
}

const transmitter: Transmitter = {
  transmitterId: 'ssf_1',
  name: 'idp',
  issuer: 'https://idp.test',
  audience: ['https://curfew.test', 'curfew'],
  jwksUri: 'https://idp.test/jwks',
  algorithms: ['RS256'],
  tolerates: [],
  enabled: true,
  hasCredentials: false,
  streamId: null,
  pollUrl: null,
  createdAt: now,
  previousSecretUntil: null,
  streamStatus: null,
  streamStatusReason: null,
  verifiedAt: null,
};
const claims = {
  iss: 'https://idp.test',
  aud: 'curfew',
  iat: seconds,
  jti: 'j-1',
  sub_id: { format: 'email', email: 'ada@acme.test' },
  events: { [REVOKED]: {} },
};

describe('a security event token', () => {
  const log = createLogger(
    readConfig({ CURFEW_MASTER_KEY: Buffer.alloc(32).toString('base64'), CURFEW_LOG_LEVEL: 'silent' }),
  );
  let own: CryptoKeyPair;
  let strange: CryptoKeyPair;
  let client: KeysOnPaper;
  let keys: TransmitterKeys;
  beforeAll(async () => {
    [own, strange] = await Promise.all([pair(), pair()]);
  });
  beforeEach(async () => {
    client = new KeysOnPaper();
    client.keys = [{ ...(await exportJWK(own.publicKey)), kid: 'k1', alg: 'RS256' }];
    keys = new TransmitterKeys(client, log);
  });

  const pair = () => generateKeyPair('RS256', { extractable: true }) as Promise<CryptoKeyPair>;
  const signed = (given: object = {}, header: object = {}, by = own.privateKey) =>
    new SignJWT({ ...claims, ...given } as JWTPayload)
      .setProtectedHeader({ alg: 'RS256', typ: 'secevent+jwt', kid: 'k1', ...header })
      .sign(by);
  const read = (token: string, of: Partial<Transmitter> = {}) =>
    readSet(token, { ...transmitter, ...of }, keys.of(transmitter), now);
  const refusal = (token: string, of: Partial<Transmitter> = {}) =>
    read(token, of).then(
      () => 'taken',
      ({ code }: Problem) => code,
    );
  const raw = (header: object, payload: object, signature = '') =>
    [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') +
    `.${signature}`;

  it('is taken as its transmitter signed it, without an exp; what it says has a hash, whoever signs it anew', async () => {
    const set = await read(await signed());
    expect(set).toMatchObject({
      jti: 'j-1',
      issuedAt: now,
      events: [{ type: REVOKED, members: {}, subject: claims.sub_id }],
    });
    expect((await read(await signed({ iat: seconds + 1, txn: 'x' }))).contentHash).toBe(set.contentHash);
    expect((await read(await signed({ events: { [REVOKED]: { a: 1 } } }))).contentHash).not.toBe(set.contentHash);
    expect((await read(await signed({}, { typ: 'application/secevent+jwt' }))).jti).toBe('j-1');
    expect(client.asked).toEqual([transmitter.jwksUri]);
  });

  it('F-68: forged in any way it is refused, and nobody is asked for anything but the transmitter for its own keys', async () => {
    await read(await signed());
    const pem = await exportSPKI(own.publicKey);
    const hs256 = (header: object) => {
      const text = raw({ alg: 'HS256', typ: 'secevent+jwt', kid: 'k1', ...header }, claims).slice(0, -1);
      return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`;
    };
    const jwk = await exportJWK(strange.publicKey);
    const { sub_id: _none, ...without } = claims;
    const logout = { 'http://schemas.openid.net/event/backchannel-logout': {} };
    const forgeries: [string, string, string][] = [
      ['alg none', raw({ alg: 'none', typ: 'secevent+jwt' }, claims), 'set_authentication_failed'],
      ['alg None', raw({ alg: 'None', typ: 'secevent+jwt' }, claims), 'set_authentication_failed'],
      ['HS256 with the public key', hs256({}), 'set_authentication_failed'],
      [
        'another algorithm',
        raw({ alg: 'PS256', typ: 'secevent+jwt', kid: 'k1' }, claims, 'AA'),
        'set_authentication_failed',
      ],
      ["a stranger's key", await signed({}, {}, strange.privateKey), 'set_authentication_failed'],
      [
        'a changed claim',
        (await signed()).replace(/\.[^.]+\./, `.${raw(claims, { ...claims, jti: 'j-2' }).split('.')[1]}.`),
        'set_authentication_failed',
      ],
      ['kid a path', await signed({}, { kid: '../../../../dev/null' }, strange.privateKey), 'set_invalid_key'],
      ['kid a query', await signed({}, { kid: "k1' OR 1=1 --" }, strange.privateKey), 'set_invalid_key'],
      ['kid an address', await signed({}, { kid: 'https://evil.test/k' }, strange.privateKey), 'set_invalid_key'],
      ['jku', await signed({}, { jku: 'https://evil.test/jwks' }, strange.privateKey), 'set_invalid_key'],
      ['x5u', await signed({}, { x5u: 'https://evil.test/cert' }, strange.privateKey), 'set_invalid_key'],
      ['jwk', await signed({}, { jwk }, strange.privateKey), 'set_invalid_key'],
      ['x5c', await signed({}, { x5c: ['MIIB'] }, strange.privateKey), 'set_invalid_key'],
      ['another issuer', await signed({ iss: 'https://idp.test/' }), 'set_invalid_issuer'],
      ['no issuer', await signed({ iss: undefined }), 'set_invalid_issuer'],
      ['another audience', await signed({ aud: 'somebody-else' }), 'set_invalid_audience'],
      ['other audiences', await signed({ aud: ['a', 'b'] }), 'set_invalid_audience'],
      ['no audience', await signed({ aud: undefined }), 'set_invalid_audience'],
      [
        'an ID token',
        await signed({ ...without, events: undefined, sub: 'ada', nonce: 'n' }, { typ: 'JWT' }),
        'set_invalid_request',
      ],
      ['an ID token that has the typ', await signed({ sub: 'ada', nonce: 'n' }), 'set_invalid_request'],
      [
        'a logout token',
        await signed({ sid: 's', sub: 'ada', events: logout }, { typ: 'logout+jwt' }),
        'set_invalid_request',
      ],
      ['an access token', await signed({ sub: 'ada', events: undefined }, { typ: 'at+jwt' }), 'set_invalid_request'],
      ['no typ', await signed({}, { typ: undefined }), 'set_invalid_request'],
      ['expired', await signed({ exp: seconds - 120 }), 'set_invalid_request'],
      ['not yet valid', await signed({ nbf: seconds + 3600 }), 'set_invalid_request'],
      ['issued in the future', await signed({ iat: seconds + 3600 }), 'set_invalid_request'],
      ['no iat', await signed({ iat: undefined }), 'set_invalid_request'],
      ['no jti', await signed({ jti: undefined }), 'set_invalid_request'],
      ['a jti of control characters', await signed({ jti: 'a\u0000b' }), 'set_invalid_request'],
      ['no events', await signed({ events: {} }), 'set_invalid_request'],
      ['events that are a list', await signed({ events: [REVOKED] }), 'set_invalid_request'],
      ['a header of 100 kB', await signed({}, { note: 'x'.repeat(100_000) }), 'set_invalid_request'],
      [
        'crit',
        raw({ alg: 'RS256', typ: 'secevent+jwt', kid: 'k1', crit: ['x'], x: 1 }, claims, 'AA'),
        'set_invalid_key',
      ],
      ['not a token', 'ada left', 'set_invalid_request'],
      ['an encrypted one', 'a.b.c.d.e', 'set_invalid_request'],
      ['nothing', '', 'set_invalid_request'],
    ];
    // So late that a key nobody has heard of would be asked for again.
    jest.useFakeTimers({ now: Date.now() + 6_000, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      for (const [what, token, code] of forgeries) expect([what, await refusal(token)]).toEqual([what, code]);
    } finally {
      jest.useRealTimers();
    }
    expect(client.asked).toEqual([transmitter.jwksUri]);
  });

  it('by a new key is taken as soon as the transmitter publishes it, and many unknown ones ask it only once', async () => {
    await read(await signed());
    const next = await pair();
    client.keys = [...client.keys, { ...(await exportJWK(next.publicKey)), kid: 'k2', alg: 'RS256' }];
    jest.useFakeTimers({ now: Date.now() + 6_000, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      expect(await refusal(await signed({}, { kid: 'k2' }, next.privateKey))).toBe('taken');
      for (let n = 0; n < 5; n++)
        expect(await refusal(await signed({}, { kid: `no-${n}` }, strange.privateKey))).toBe('set_invalid_key');
    } finally {
      jest.useRealTimers();
    }
    expect(client.asked).toHaveLength(2);
  });

  it('of older specifications is taken where that is tolerated, and a logout token even there is none', async () => {
    const { sub_id: subject, ...without } = claims;
    const inEvent = { ...without, sub_id: undefined, events: { [REVOKED]: { subject } } };
    expect((await read(await signed(inEvent))).events[0]!.subject).toBeUndefined();
    expect((await read(await signed(inEvent), { tolerates: ['subject-in-event'] })).events[0]!.subject).toEqual(
      subject,
    );
    for (const typ of [undefined, 'JWT']) {
      const tolerates = ['untyped'] as const;
      expect(await refusal(await signed({}, { typ }), { tolerates })).toBe('taken');
      const logout = { events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, sid: 's' };
      expect(await refusal(await signed(logout, { typ }), { tolerates })).toBe('set_invalid_request');
    }
    expect(await refusal(await signed({}, { typ: 'at+jwt' }), { tolerates: ['untyped'] })).toBe('set_invalid_request');
  });

  it('waits for a transmitter whose keys can not be had', async () => {
    client.send = () => Promise.reject(new Error('ECONNREFUSED'));
    expect(await refusal(await signed())).toBe('unavailable');
  });

  it('is named in the trail by what it says its jti is, where that can be read', async () => {
    expect(jtiOf(await signed())).toBe('j-1');
    for (const token of ['', 'a.b.c', await signed({ jti: 7 })]) expect(jtiOf(token)).toBeNull();
  });
});
