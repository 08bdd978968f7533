import { calculateJwkThumbprint, createLocalJWKSet, jwtVerify } from 'jose';
import {
  generateSigningKey,
  privateKeyFromPem,
  privatePem,
  SIGNING_ALGORITHMS,
  signingKeyFrom,
  signJwt,
} from './signing-key.js';

describe.each(SIGNING_ALGORITHMS)('%s', (alg) => {
  it('publishes nothing of the private key, under its thumbprint', async () => {
    const { publicJwk, kid } = await generateSigningKey(alg);
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(publicJwk).not.toHaveProperty(secret);
    expect(publicJwk).toMatchObject({ kid, alg, use: 'sig' });
    expect(kid).toBe(await calculateJwkThumbprint(publicJwk));
  });

  it('is the same key after it was stored', async () => {
    const key = await generateSigningKey(alg);
    const stored = await signingKeyFrom(alg, privateKeyFromPem(privatePem(key)));
    expect([stored.kid, stored.publicJwk]).toEqual([key.kid, key.publicJwk]);
  });

  it('signs what an independent library verifies, letters beyond ASCII among it', async () => {
    const key = await generateSigningKey(alg);
    const token = await signJwt(key, 'test+jwt', { name: 'Zoë 🔑' });
    const keys = createLocalJWKSet({ keys: [key.publicJwk] });
    const { payload, protectedHeader } = await jwtVerify(token, keys, { typ: 'test+jwt' });
    expect(payload).toEqual({ name: 'Zoë 🔑' });
    expect(protectedHeader).toEqual({ alg, typ: 'test+jwt', kid: key.kid });
  });
});

it('RSA keys have 2048 bits: some receivers take no fewer', async () => {
  const { publicJwk } = await generateSigningKey('RS256');
  expect(Buffer.from(publicJwk.n!, 'base64url')).toHaveLength(256);
});
