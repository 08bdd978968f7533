import { generateKeyPair, SignJWT } from 'jose';
import { NotSignedIn } from './identity-provider.client.js';
import { verifyLogoutToken } from './logout-token.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const expected = { issuer: 'https://id.acme.test', clientId: 'curfew' };
const claims = { sub: 'ada', sid: 's-1', jti: 'j-1', events: { [EVENT]: {} } };

describe('a logout token', () => {
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  beforeAll(async () => {
    keys = await generateKeyPair('RS256');
  });
  const now = (): number => Math.floor(Date.now() / 1000);
  const sign = (payload: Record<string, unknown>, { issuer = expected.issuer, key = keys.privateKey } = {}) =>
    new SignJWT({ iss: issuer, aud: expected.clientId, iat: now(), ...payload })
      .setProtectedHeader({ alg: 'RS256', typ: 'logout+jwt' })
      .sign(key);
  const verify = (token: string) => verifyLogoutToken(token, () => keys.publicKey as never, expected);

  it('names the person, the session, or both', async () => {
    expect(await verify(await sign(claims))).toEqual({ sub: 'ada', sid: 's-1' });
    expect(await verify(await sign({ ...claims, sub: undefined }))).toEqual({ sub: null, sid: 's-1' });
    expect(await verify(await sign({ ...claims, sid: undefined }))).toEqual({ sub: 'ada', sid: null });
  });

  it.each([
    ['an ID token', { ...claims, events: undefined, nonce: 'n' }],
    ['one with a nonce', { ...claims, nonce: 'n' }],
    ['one of another event', { ...claims, events: { 'https://other.test': {} } }],
    ['one that names nobody', { ...claims, sub: undefined, sid: undefined }],
    ['one without jti', { ...claims, jti: undefined }],
    ['one for somebody else', { ...claims, aud: 'payroll' }],
    ['an old one', { ...claims, iat: 1_700_000_000 }],
  ])('is none: %s', async (_, payload) => {
    await expect(verify(await sign(payload))).rejects.toThrow(NotSignedIn);
  });

  it('is none of another issuer, of another key, or unsigned', async () => {
    const other = await generateKeyPair('RS256');
    await expect(verify(await sign(claims, { issuer: 'https://evil.test' }))).rejects.toThrow(NotSignedIn);
    await expect(verify(await sign(claims, { key: other.privateKey }))).rejects.toThrow(NotSignedIn);
    const [, body] = (await sign(claims)).split('.');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
    await expect(verify(unsigned)).rejects.toThrow(NotSignedIn);
  });
});
