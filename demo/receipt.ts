import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { LogoutToken } from './logout-token.js';

const ALG = 'ES256';
export const RECEIPT_TYPE = 'logout-receipt+jwt';

/**
 * A signed receipt: which session ended, for which logout token. A plain 200 says that an application took the token;
 * this is a proof it can't take back.
 */
export class Receipts {
  private constructor(
    private readonly clientId: string,
    private readonly key: CryptoKey,
    private readonly publicJwk: JWK,
  ) {}

  /** With the key the application has kept, or a new one. */
  static async of(clientId: string, keyFile: string): Promise<Receipts> {
    if (!existsSync(keyFile)) {
      const { privateKey } = await generateKeyPair(ALG, { extractable: true });
      mkdirSync(path.dirname(keyFile), { recursive: true });
      writeFileSync(keyFile, JSON.stringify(await exportJWK(privateKey)), { mode: 0o600 });
    }
    const jwk = JSON.parse(readFileSync(keyFile, 'utf8')) as JWK;
    const { d: _secret, ...publicJwk } = jwk;
    const kid = await calculateJwkThumbprint(publicJwk);
    const key = (await importJWK(jwk, ALG)) as CryptoKey;
    return new Receipts(clientId, key, { ...publicJwk, kid, alg: ALG, use: 'sig' });
  }

  published(): { keys: JWK[] } {
    return { keys: [this.publicJwk] };
  }

  sign({ issuer, jti, sid }: LogoutToken): Promise<string> {
    return new SignJWT({ logout_jti: jti, sid })
      .setProtectedHeader({ alg: ALG, typ: RECEIPT_TYPE, kid: this.publicJwk.kid! })
      .setIssuer(this.clientId)
      .setAudience(issuer)
      .setIssuedAt()
      .sign(this.key);
  }
}
