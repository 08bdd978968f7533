import type { SignalType } from '@curfew/contracts';
import { plainTextOf } from '@curfew/runtime';
import type { SignalContent } from '../signal/signal.js';
import { ruleOf } from './event-rules.js';
import { isObject, type SecurityEvent, type SecurityEventToken } from './read-set.js';
import { readSubject, type Meant } from './read-subject.js';

const LONGEST_REASON = 1000;
/** No time in seconds is as large within 3,000 years: it is one in milliseconds. */
const MILLISECONDS = 1e11;

/**
 * The signal an event of a token makes, or why it makes none. Throws `set_invalid_request` where it is not what its
 * specification says.
 */
export function understandEvent(
  { type, members, subject }: SecurityEvent,
  { claims, issuedAt }: Pick<SecurityEventToken, 'claims' | 'issuedAt'>,
  eventId: string,
  now: Date,
): SignalContent | string {
  const rule = ruleOf(type, members);
  if (!rule) return 'nobody has said what such an event means';
  if (rule.signal === null) return rule.why;
  const meant = readSubject(subject, claims.iss!, rule.principal ?? 'user');
  if (typeof meant === 'string') return meant;
  const unfit = unfitness(rule.signal, meant);
  if (unfit !== undefined) return unfit;
  const said = timeOf(members.event_timestamp) ?? timeOf(claims.toe) ?? issuedAt;
  return {
    type: rule.signal,
    eventId,
    ...aboutWhat(meant, now),
    // A clock that is ahead of ours must not make of it what has not happened yet.
    occurredAt: said < now ? said : now,
    reason: reasonOf(members.reason_admin) ?? rule.why,
  };
}

/** What is named beside a person narrows what is meant of them: it is no device, and no session, of everybody's. */
function aboutWhat(
  { subject, device, session }: Meant,
  now: Date,
): Pick<SignalContent, 'subject' | 'device' | 'limits'> {
  if (!subject) return device ? { device } : {};
  if (!device && !session) return { subject };
  const limits = {
    authenticatedUpTo: now.toISOString(),
    ...(device ? { devices: [device.id] } : {}),
    ...(session ? { sessions: [session.id] } : {}),
  };
  return { subject, limits };
}

/** Why such a signal can not be about what is meant. */
function unfitness(signal: SignalType, { subject, device, session }: Meant): string | undefined {
  if (session && !subject) return 'it names a session, and nobody whose it is';
  if (signal.startsWith('device.') && !device) return 'it names no device';
  if (!signal.startsWith('employment.')) return subject || device ? undefined : 'it names nobody';
  if (!subject) return 'it names nobody';
  return device || session ? 'it is about a part of what the person has, and an account has none' : undefined;
}

function timeOf(value: unknown): Date | undefined {
  if (typeof value !== 'number' || !(value > 0)) return undefined;
  const time = new Date(Math.trunc(value < MILLISECONDS ? value * 1000 : value));
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** In English, else in whatever language it is given. */
function reasonOf(given: unknown): string | undefined {
  const text = isObject(given) ? (given.en ?? Object.values(given)[0]) : given;
  return typeof text === 'string' && plainTextOf(text) !== '' ? plainTextOf(text).slice(0, LONGEST_REASON) : undefined;
}
