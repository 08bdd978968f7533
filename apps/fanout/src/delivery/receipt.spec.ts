import { createHmac } from 'node:crypto';
import { createLocalJWKSet, exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { RECEIPT_TYPE, verifyReceipt } from './receipt.js';

const expected = { clientId: 'payroll', issuer: 'https://curfew.test', jti: 'jti-1', sid: 'sid-1' };
const nowSeconds = (): number => Math.floor(Date.now() / 1000);
const claims = (): JWTPayload => ({
  iss: 'payroll',
  aud: 'https://curfew.test',
  iat: nowSeconds(),
  logout_jti: 'jti-1',
  sid: 'sid-1',
});
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

async function application(alg = 'ES256') {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg, kid: 'k' }] });
  const sign = (payload: JWTPayload, typ = RECEIPT_TYPE) =>
    new SignJWT(payload).setProtectedHeader({ alg, kid: 'k', typ }).sign(privateKey);
  return { publicKey, keys, sign };
}

describe('N-01: a receipt', () => {
  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])(
    'of the application, for this token and session (%s), is valid',
    async (alg) => {
      const { keys, sign } = await application(alg);
      expect(await verifyReceipt(await sign(claims()), keys, expected)).toEqual({ valid: true });
    },
  );

  it('proves nothing where no keys are registered', async () => {
    const { sign } = await application();
    expect(await verifyReceipt(await sign(claims()), undefined, expected)).toMatchObject({ valid: false });
  });
});

describe('F-58: a receipt is disputed', () => {
  const verdict = async (change: JWTPayload, typ?: string) => {
    const { keys, sign } = await application();
    return verifyReceipt(await sign({ ...claims(), ...change }, typ), keys, expected);
  };

  it.each([
    ['that answers another token', { logout_jti: 'jti-0' }, 'another logout token'],
    ['that answers none', { logout_jti: undefined }, 'another logout token'],
    ['about another session', { sid: 'sid-2' }, 'another session'],
    ['that says it is from another application', { iss: 'wiki' }, '"iss"'],
    ['made for somebody else', { aud: 'https://other.test' }, '"aud"'],
    ['without its time', { iat: undefined }, '"iat"'],
    ['of long ago', { iat: nowSeconds() - 3_600 }, '"iat"'],
    ['of the future', { iat: nowSeconds() + 3_600 }, '"iat"'],
    ['that has expired', { exp: nowSeconds() - 120 }, '"exp"'],
  ])('%s', async (_, change, why) => {
    expect(await verdict(change)).toEqual({ valid: false, why: expect.stringContaining(why) as string });
  });

  it('that is a token of another kind', async () => {
    expect(await verdict({}, 'JWT')).toMatchObject({ valid: false });
    expect(await verdict({}, 'logout+jwt')).toMatchObject({ valid: false });
  });

  it("signed with another application's key", async () => {
    const [own, other] = [await application(), await application()];
    expect(await verifyReceipt(await other.sign(claims()), own.keys, expected)).toMatchObject({ valid: false });
  });

  it('changed after it was signed', async () => {
    const { keys, sign } = await application();
    const [header, , signature] = (await sign({ ...claims(), sid: 'sid-2' })).split('.');
    const forged = `${header}.${base64url(claims())}.${signature}`;
    expect(await verifyReceipt(forged, keys, expected)).toMatchObject({ valid: false });
  });

  it('with alg=none, and with HS256 under the public key, which anybody has', async () => {
    const { keys, publicKey } = await application('RS256');
    const unsigned = `${base64url({ alg: 'none', typ: RECEIPT_TYPE })}.${base64url(claims())}.`;
    expect(await verifyReceipt(unsigned, keys, expected)).toMatchObject({ valid: false });
    const input = `${base64url({ alg: 'HS256', typ: RECEIPT_TYPE, kid: 'k' })}.${base64url(claims())}`;
    const mac = createHmac('sha256', await exportSPKI(publicKey))
      .update(input)
      .digest('base64url');
    expect(await verifyReceipt(`${input}.${mac}`, keys, expected)).toMatchObject({ valid: false });
  });

  it.each(['', 'ok', 'a.b.c', '<html>signed in</html>'])('that is none: %j', async (text) => {
    const { keys } = await application();
    expect(await verifyReceipt(text, keys, expected)).toMatchObject({ valid: false });
  });

  it('when its keys could not be fetched', async () => {
    const { sign } = await application();
    const unreachable = () => Promise.reject(new Error('ECONNREFUSED'));
    expect(await verifyReceipt(await sign(claims()), unreachable, expected)).toEqual({
      valid: false,
      why: expect.stringContaining('ECONNREFUSED') as string,
    });
  });
});
