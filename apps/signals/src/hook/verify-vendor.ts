import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { VendorSignature } from '../mapping/mapping.js';
import { distrustOfAge, type Distrust } from './verify-webhook.js';

/** Of a request, by their names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

type Hmac = Extract<VendorSignature, { scheme: 'hmac' }>;

/**
 * Whether a webhook is its system's, by the signature that system makes itself and by any of the secrets. Undefined: it is
 * genuine. A scheme that signs no timestamp, or sends the secret itself, can't tell a replay: it counts once all the same,
 * since what it says has the same id.
 */
export function vendorDistrustOf(
  signature: VendorSignature,
  headers: Headers,
  bytes: Buffer,
  secrets: readonly string[],
  now: Date,
): Distrust | undefined {
  if (signature.scheme === 'hmac') return hmacDistrustOf(signature, headers, bytes, secrets, now);
  const given = headerOf(headers, signature.scheme === 'basic' ? 'authorization' : signature.header);
  if (given === undefined) return 'no signature';
  const wanted = signature.scheme === 'basic' ? secrets.map(basicOf) : secrets;
  return anyOf(wanted.map((one) => sameText(one, given))) ? undefined : 'wrong signature';
}

function hmacDistrustOf(
  { header, hash, encoding, over, timestamp: timestampHeader }: Hmac,
  headers: Headers,
  bytes: Buffer,
  secrets: readonly string[],
  now: Date,
): Distrust | undefined {
  const timestamp = timestampHeader === undefined ? '' : headerOf(headers, timestampHeader);
  if (timestamp === undefined) return 'no webhook-timestamp';
  const given = headerOf(headers, header);
  if (given === undefined) return 'no signature';
  const right = secrets.map((secret) => {
    const sum = createHmac(hash, secret);
    for (const part of over) sum.update(part === 'body' ? bytes : timestamp);
    return sum.digest(encoding);
  });
  // Hexadecimal figures are the same in either case.
  const shown = encoding === 'hex' ? given.toLowerCase() : given;
  if (!anyOf(right.map((one) => sameText(one, shown)))) return 'wrong signature';
  if (timestampHeader === undefined) return undefined;
  const sentAt = secondsOf(timestamp);
  return sentAt === undefined ? 'no webhook-timestamp' : distrustOfAge(sentAt, now);
}

/** One that was given twice means two things. */
function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const basicOf = (secret: string): string => `Basic ${Buffer.from(secret).toString('base64')}`;

/** Whatever their lengths, in the same time. */
const sameText = (a: string, b: string): boolean => timingSafeEqual(digestOf(a), digestOf(b));
const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** All of them are looked at: how long it takes does not say which it was. */
const anyOf = (matches: readonly boolean[]): boolean => matches.includes(true);

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Systems write it as seconds, as milliseconds, or as an instant. */
function secondsOf(timestamp: string): number | undefined {
  if (/^\d{1,11}$/.test(timestamp)) return Number(timestamp);
  if (/^\d{12,14}$/.test(timestamp)) return Number(timestamp) / 1000;
  const milliseconds = RFC_3339.test(timestamp) ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}
