import { plainTextOf } from '@curfew/runtime';
import type { SignalContent } from '../signal/signal.js';
import { ruleOf } from './event-rules.js';
import { isObject, type SecurityEvent, type SecurityEventToken } from './read-set.js';
import { readSubject } from './read-subject.js';

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
  if (meant.session || (meant.subject && meant.device)) return 'it is about a part of what a person has';
  if (rule.signal.startsWith('device.') ? !meant.device : !meant.subject && !meant.device)
    return 'it names nobody it could be about';
  if (rule.signal.startsWith('employment.') && !meant.subject) return 'it names nobody it could be about';
  const said = timeOf(members.event_timestamp) ?? timeOf(claims.toe) ?? issuedAt;
  return {
    type: rule.signal,
    eventId,
    ...meant,
    // A clock that is ahead of ours must not make of it what has not happened yet.
    occurredAt: said < now ? said : now,
    reason: reasonOf(members.reason_admin) ?? rule.why,
  };
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
