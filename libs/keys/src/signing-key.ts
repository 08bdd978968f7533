import { createPrivateKey, createPublicKey, generateKeyPair, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, type JWK } from 'jose';

export const SIGNING_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

export interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
}

const generate = promisify(generateKeyPair);

/** A new key; its id is its thumbprint (RFC 7638), so that one key never goes by two names. */
export async function generateSigningKey(alg: SigningAlgorithm): Promise<SigningKey> {
  const { privateKey } =
    alg === 'RS256'
      ? await generate('rsa', { modulusLength: 2048 })
      : alg === 'ES256'
        ? await generate('ec', { namedCurve: 'P-256' })
        : await generate('ed25519', {});
  return signingKeyFrom(alg, privateKey);
}

export async function signingKeyFrom(alg: SigningAlgorithm, privateKey: KeyObject): Promise<SigningKey> {
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' }) as JWK;
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, alg, privateKey, publicJwk: { ...jwk, kid, alg, use: 'sig' } };
}

export const privatePem = ({ privateKey }: SigningKey): string =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

export const privateKeyFromPem = (pem: string): KeyObject => createPrivateKey(pem);

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * A compact JWS. Signed on libuv's pool, so on all cores and off the event loop: with RS256 this is the dearest step of
 * a delivery, and jose's detour over WebCrypto costs a fifth of the rate.
 */
export function signJwt(key: SigningKey, typ: string, claims: object): Promise<string> {
  const input = `${base64url({ alg: key.alg, typ, kid: key.kid })}.${base64url(claims)}`;
  const options = key.alg === 'ES256' ? { key: key.privateKey, dsaEncoding: 'ieee-p1363' as const } : key.privateKey;
  return new Promise((resolve, reject) => {
    sign(key.alg === 'EdDSA' ? null : 'sha256', Buffer.from(input), options, (error, signature) =>
      error ? reject(error) : resolve(`${input}.${signature.toString('base64url')}`),
    );
  });
}
