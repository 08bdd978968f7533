import { createRemoteJWKSet, jwtVerify, type JWTVerifyGetKey } from 'jose';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const KEYS_KEPT_MS = 3_600_000;

export interface LogoutToken {
  readonly issuer: string;
  readonly jti: string;
  readonly sid: string;
}

/**
 * Verifies logout tokens as OIDC Back-Channel Logout 1.0 §2.6 asks of an application, with nothing of Curfew's: an
 * independent library, and what the issuer publishes. Replays are for the journal to find, which outlives a restart.
 */
export class LogoutTokens {
  private provider: Promise<{ issuer: string; keys: JWTVerifyGetKey }> | undefined;

  constructor(
    private readonly issuerUrl: string,
    private readonly clientId: string,
  ) {}

  /** Rejects with the reason. */
  async verify(token: string): Promise<LogoutToken> {
    const { issuer, keys } = await this.discover();
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: this.clientId,
      typ: 'logout+jwt',
      algorithms: ['RS256'],
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
      maxTokenAge: '2 minutes',
    });
    const { jti, sid, events } = payload;
    if (!isObject(events) || !isObject(events[EVENT])) throw new Error('it is no back-channel logout event');
    if ('nonce' in payload) throw new Error('it has a nonce, so it may be an ID token');
    if (typeof sid !== 'string') throw new Error('it names no session');
    return { issuer, jti: jti!, sid };
  }

  private discover(): Promise<{ issuer: string; keys: JWTVerifyGetKey }> {
    this.provider ??= this.readProvider().catch((error: unknown) => {
      this.provider = undefined; // the next token asks again
      throw error;
    });
    return this.provider;
  }

  private async readProvider(): Promise<{ issuer: string; keys: JWTVerifyGetKey }> {
    const response = await fetch(`${this.issuerUrl}/.well-known/openid-configuration`);
    if (!response.ok) throw new Error(`the issuer's configuration can't be read: ${response.status}`);
    const { issuer, jwks_uri } = (await response.json()) as { issuer: string; jwks_uri: string };
    return { issuer, keys: createRemoteJWKSet(new URL(jwks_uri), { cacheMaxAge: KEYS_KEPT_MS }) };
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
