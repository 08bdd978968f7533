import { createHmac, timingSafeEqual } from 'node:crypto';

/** What came to the address of a source. */
export interface Webhook {
  /** `webhook-id`: the same at every retry. */
  readonly id: string | undefined;
  /** `webhook-timestamp`: of this attempt, in seconds. */
  readonly timestamp: string | undefined;
  /** `webhook-signature`: one or several, while its sender changes secrets. */
  readonly signature: string | undefined;
  /** The body as it came: it is the bytes that are signed. */
  readonly bytes: Buffer;
}

/** Either way: whoever replays a webhook later than that must have signed it. */
const TOLERANCE_SECONDS = 5 * 60;
const ID = /^[\x21-\x7e]{1,200}$/;
const TIMESTAMP = /^\d{1,12}$/;
const SIGNATURE = /^v1,([A-Za-z0-9+/]{43}=)$/;

/** Why a webhook is not taken. For the audit trail: its sender is not told which. */
export type Distrust =
  'no webhook-id' | 'no webhook-timestamp' | 'no signature' | 'wrong signature' | 'too old' | 'in the future';

/**
 * Standard Webhooks 1.0.0: HMAC-SHA256 over `{id}.{timestamp}.{body}`, by any of the keys. Undefined: it is genuine.
 * Signatures of other schemes than `v1` are passed over.
 */
export function distrustOf(webhook: Webhook, keys: readonly Buffer[], now: Date): Distrust | undefined {
  const { id, timestamp, signature, bytes } = webhook;
  if (id === undefined || !ID.test(id)) return 'no webhook-id';
  if (timestamp === undefined || !TIMESTAMP.test(timestamp)) return 'no webhook-timestamp';
  const given = (signature ?? '').split(' ').flatMap((one) => SIGNATURE.exec(one)?.[1] ?? []);
  if (given.length === 0) return 'no signature';
  const right = keys.map((key) => createHmac('sha256', key).update(`${id}.${timestamp}.`).update(bytes).digest());
  const matches = given
    .map((one) => Buffer.from(one, 'base64'))
    .map((one) => right.map((sum) => timingSafeEqual(sum, one)));
  if (!matches.flat().includes(true)) return 'wrong signature';
  return distrustOfAge(Number(timestamp), now);
}

export function distrustOfAge(sentAtSeconds: number, now: Date): Distrust | undefined {
  const age = now.getTime() / 1000 - sentAtSeconds;
  if (age > TOLERANCE_SECONDS) return 'too old';
  return age < -TOLERANCE_SECONDS ? 'in the future' : undefined;
}
