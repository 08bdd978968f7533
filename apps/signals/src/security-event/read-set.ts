import { createHash } from 'node:crypto';
import { Problem } from '@curfew/contracts';
import { isPlainText } from '@curfew/runtime';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { Transmitter } from '../transmitter/transmitter.js';

/** A security event token (RFC 8417) that its transmitter has signed. */
export interface SecurityEventToken {
  readonly jti: string;
  readonly claims: JWTPayload;
  readonly issuedAt: Date;
  /** One event; several where they are one transaction (RFC 9967). */
  readonly events: readonly SecurityEvent[];
  /** Of what it says: signed anew it is the same. */
  readonly contentHash: string;
}

export interface SecurityEvent {
  readonly type: string;
  readonly members: Readonly<Record<string, unknown>>;
  /** Whom it is about, as RFC 9493 writes it. */
  readonly subject: unknown;
}

const LARGEST = 64 * 1024;
const LONGEST_JTI = 200;
const MOST_EVENTS = 10;
const MOST_AHEAD_MS = 5 * 60_000;
const TYPE = /^(application\/)?secevent\+jwt$/i;
const UNTYPED = /^(jwt)?$/i;
/** A key, or where one is to be had, that the token brings along itself. */
const KEYS_OF_ITS_OWN = ['jku', 'x5u', 'jwk', 'x5c'] as const;
const LOGOUT = /^https?:\/\/schemas\.openid\.net\/event\/backchannel-logout$/;

/**
 * Whether a token is one of the transmitter's for us. Who it says it is from and for is looked at before any key is asked
 * for, and a key is had from nowhere but where the transmitter publishes its own. Throws `set_…`; `unavailable` where
 * that does not answer.
 */
export async function readSet(
  token: string,
  { issuer, audience, algorithms, tolerates }: Transmitter,
  keys: JWTVerifyGetKey,
  now: Date,
): Promise<SecurityEventToken> {
  if (token.length > LARGEST) throw new Problem('set_invalid_request', `it is longer than ${LARGEST} characters`);
  const { header, claims } = decoded(token);
  const own = KEYS_OF_ITS_OWN.find((name) => name in header);
  if (own) throw new Problem('set_invalid_key', `its header brings a key of its own: ${own}`);
  const typ = header.typ ?? '';
  if (!TYPE.test(typ) && !(tolerates.includes('untyped') && UNTYPED.test(typ)))
    throw new Problem('set_invalid_request', 'its typ is not secevent+jwt');
  if (claims.iss !== issuer) throw new Problem('set_invalid_issuer');
  if (![claims.aud].flat().some((one) => one !== undefined && audience.includes(one)))
    throw new Problem('set_invalid_audience');
  await verify(token, keys, { algorithms: [...algorithms], issuer, audience: [...audience], currentDate: now });
  return contentOf(claims, tolerates.includes('subject-in-event'), now);
}

/** For the audit trail, of one that may be anybody's. */
export function jtiOf(token: string): string | null {
  try {
    const { jti } = decodeJwt(token);
    return typeof jti === 'string' && isPlainText(jti) ? jti.slice(0, LONGEST_JTI) : null;
  } catch {
    return null;
  }
}

function decoded(token: string) {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch (error) {
    throw new Problem('set_invalid_request', (error as Error).message);
  }
}

async function verify(token: string, keys: JWTVerifyGetKey, options: Parameters<typeof jwtVerify>[2]): Promise<void> {
  try {
    await jwtVerify(token, keys, { ...options, clockTolerance: 60 });
  } catch (error) {
    if (error instanceof Problem) throw error;
    const { message } = error as Error;
    if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
      throw new Problem('set_invalid_request', message);
    if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JWSSignatureVerificationFailed)
      throw new Problem('set_authentication_failed', message);
    throw new Problem('set_invalid_key', message);
  }
}

function contentOf(claims: JWTPayload, subjectInEvent: boolean, now: Date): SecurityEventToken {
  const { jti, iat, events } = claims;
  if (typeof jti !== 'string' || jti === '' || jti.length > LONGEST_JTI || !isPlainText(jti))
    throw malformed(`its jti must be plain text of 1 to ${LONGEST_JTI} characters`);
  if (typeof iat !== 'number' || !Number.isFinite(iat)) throw malformed('its iat is missing');
  if (iat * 1000 > now.getTime() + MOST_AHEAD_MS) throw malformed('its iat lies in the future');
  if ('nonce' in claims || 'sub' in claims)
    throw malformed('it has a nonce or a sub: it may be a token of another kind');
  if (!isObject(events)) throw malformed('its events are missing');
  const entries = Object.entries(events);
  if (entries.length === 0 || entries.length > MOST_EVENTS) throw malformed(`it must hold 1 to ${MOST_EVENTS} events`);
  const { sub_id: subject } = claims;
  return {
    jti,
    claims,
    issuedAt: new Date(iat * 1000),
    events: entries.map(([type, members]) => {
      if (LOGOUT.test(type)) throw malformed('it is a logout token');
      if (!isObject(members) || type.length > 512 || !isPlainText(type)) throw malformed('an event is no object');
      return { type, members, subject: subject ?? (subjectInEvent ? members.subject : undefined) };
    }),
    contentHash: createHash('sha256')
      .update(JSON.stringify([claims.iss, subject ?? null, events]))
      .digest('hex'),
  };
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const malformed = (reason: string): Problem => new Problem('set_invalid_request', reason);
