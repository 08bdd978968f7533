import { generateSigningKey, SIGNING_ALGORITHMS, type SigningKey } from '@curfew/keys';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { signLogoutToken } from './logout-token.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const issuer = 'https://curfew.acme.test/t/acme';
const now = new Date('2026-11-02T09:00:00.700Z');
const order = { issuer, clientId: 'payroll', jti: 'j-1', now, of: { sid: 's_9QkT' } };

describe('a logout token', () => {
  let key: SigningKey;
  beforeAll(async () => {
    key = await generateSigningKey('RS256');
  });

  it('has these claims, to the letter, and no others: neither `sub` beside `sid`, nor `nonce`', async () => {
    const token = await signLogoutToken(key, order);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'RS256', typ: 'logout+jwt', kid: key.kid });
    expect(decodeJwt(token)).toEqual({
      iss: issuer,
      aud: 'payroll',
      iat: 1_793_610_000,
      exp: 1_793_610_120,
      jti: 'j-1',
      events: { [EVENT]: {} },
      sid: 's_9QkT',
    });
  });

  it('lives two minutes at most, and is never dated ahead', async () => {
    const { iat, exp } = decodeJwt(await signLogoutToken(key, order));
    expect(exp! - iat!).toBeLessThanOrEqual(120);
    expect(iat! * 1000).toBeLessThanOrEqual(now.getTime());
  });

  it('names the person and no session where an application is registered for that', async () => {
    const claims = decodeJwt(await signLogoutToken(key, { ...order, of: { sub: 'ada' } }));
    expect(claims).toMatchObject({ sub: 'ada' });
    expect(claims).not.toHaveProperty('sid');
  });

  it.each(SIGNING_ALGORITHMS)('signed with %s, verifies with what is published, and with nothing else', async (alg) => {
    const [signing, other] = [await generateSigningKey(alg), await generateSigningKey(alg)];
    const token = await signLogoutToken(signing, order);
    const verify = (keys: SigningKey[]) =>
      jwtVerify(token, createLocalJWKSet({ keys: keys.map(({ publicJwk }) => publicJwk) }), {
        issuer,
        audience: 'payroll',
        typ: 'logout+jwt',
        algorithms: [alg],
        currentDate: now,
      });
    await expect(verify([other, signing])).resolves.toMatchObject({ payload: { sid: 's_9QkT' } });
    await expect(verify([other])).rejects.toThrow('no applicable key');
  });
});
