import { errors, jwtVerify, type JWTVerifyGetKey } from 'jose';

/** The media type and the `typ` of a signed receipt. */
export const RECEIPT_TYPE = 'logout-receipt+jwt';

export type ReceiptVerdict = { readonly valid: true } | { readonly valid: false; readonly why: string };

/**
 * A receipt (N-01) is a JWS of the application's: `iss` its client id, `aud` Curfew's issuer, `iat`, `logout_jti` the
 * token it answers, `sid` the session that ended. Only asymmetric algorithms: a receipt that anyone with the public
 * key could make proves nothing.
 */
export async function verifyReceipt(
  jws: string,
  keys: JWTVerifyGetKey | undefined,
  expected: { clientId: string; issuer: string; jti: string; sid: string },
): Promise<ReceiptVerdict> {
  if (!keys) return { valid: false, why: 'no keys are registered to verify it with' };
  try {
    const { payload } = await jwtVerify(jws, keys, {
      typ: RECEIPT_TYPE,
      issuer: expected.clientId,
      audience: expected.issuer,
      algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'],
      requiredClaims: ['iat'],
      maxTokenAge: '5 minutes',
      clockTolerance: 60,
    });
    if (payload.logout_jti !== expected.jti) return { valid: false, why: 'it answers another logout token' };
    if (payload.sid !== expected.sid) return { valid: false, why: 'it is about another session' };
    return { valid: true };
  } catch (error) {
    return {
      valid: false,
      why: error instanceof errors.JOSEError ? error.message : `it could not be verified: ${(error as Error).message}`,
    };
  }
}
