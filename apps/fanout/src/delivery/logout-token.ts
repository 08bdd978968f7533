import { signJwt, type SigningKey } from '@curfew/keys';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** OIDC Back-Channel Logout §4: preferably at most two minutes. */
const LIFETIME_SECONDS = 120;

/**
 * A logout token (OIDC Back-Channel Logout 1.0 §2.4), as stock clients need it: `sid` and no `sub`, since one with both
 * ends all of a person's sessions at express-openid-connect, and one with `sub` alone is answered 200 by
 * mod_auth_openidc and ends nothing there. An application may be registered for `sub` instead. Never a `nonce`; a
 * fresh `jti` each time, or a second try is refused as a replay.
 */
export function signLogoutToken(
  key: SigningKey,
  {
    issuer,
    clientId,
    jti,
    now,
    of,
  }: { issuer: string; clientId: string; jti: string; now: Date; of: { sid: string } | { sub: string } },
): Promise<string> {
  const iat = Math.floor(now.getTime() / 1000);
  return signJwt(key, 'logout+jwt', {
    iss: issuer,
    aud: clientId,
    iat,
    exp: iat + LIFETIME_SECONDS,
    jti,
    events: { [EVENT]: {} },
    ...of,
  });
}
