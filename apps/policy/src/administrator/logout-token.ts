import { jwtVerify, type JWTVerifyGetKey } from 'jose';
import { NotSignedIn, type LoggedOut } from './identity-provider.client.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

/**
 * OpenID Connect Back-Channel Logout 1.0 §2.6. Whether its `jti` was seen before is not asked: who is signed out already
 * is not signed out again. Throws `NotSignedIn`.
 */
export async function verifyLogoutToken(
  token: string,
  keys: JWTVerifyGetKey,
  { issuer, clientId }: { issuer: string; clientId: string },
): Promise<LoggedOut> {
  const { payload } = await jwtVerify(token, keys, {
    issuer,
    audience: clientId,
    algorithms: ALGORITHMS,
    requiredClaims: ['iat', 'jti', 'events'],
    maxTokenAge: '10 minutes',
    clockTolerance: '30 seconds',
  }).catch((error: unknown) => {
    // Keys that can not be fetched are no fault of the token: whoever sent it tries again.
    if (
      (error as { code?: string }).code?.startsWith('ERR_J') &&
      (error as { code: string }).code !== 'ERR_JWKS_TIMEOUT'
    )
      throw new NotSignedIn((error as Error).message);
    throw error;
  });
  const { events, nonce, sub, sid } = payload as {
    events?: Record<string, unknown>;
    nonce?: unknown;
    sub?: unknown;
    sid?: unknown;
  };
  const isLogout = typeof events === 'object' && typeof events[EVENT] === 'object' && nonce === undefined;
  const named = { sub: textOf(sub), sid: textOf(sid) };
  if (!isLogout || (named.sub === null && named.sid === null)) throw new NotSignedIn('it is no logout token');
  return named;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
