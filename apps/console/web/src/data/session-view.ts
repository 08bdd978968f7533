import type { Session } from './types';

export type Status = 'active' | 'idle' | 'revoked';

/** So long without activity, a session is shown as idle. */
const IDLE_AFTER_MS = 5 * 60_000;

/** Instants of the API compare as they are written, which 50,000 times costs less than reading each. */
let idle = { now: NaN, since: '' };
function idleSince(now: number): string {
  if (idle.now !== now) idle = { now, since: new Date(now - IDLE_AFTER_MS).toISOString() };
  return idle.since;
}

export const statusOf = ({ endedAt, lastActivityAt }: Session, now: number): Status =>
  endedAt !== null ? 'revoked' : lastActivityAt <= idleSince(now) ? 'idle' : 'active';

/** `2h 14m`, `45m`, `1h 02m`; an ended one shows `0m` (DB-04). */
export function durationOf({ endedAt, openedAt }: Session, now: number): string {
  const minutes = endedAt !== null ? 0 : Math.max(0, Math.floor((now - Date.parse(openedAt)) / 60_000));
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}m` : `${hours}h ${String(minutes % 60).padStart(2, '0')}m`;
}

const BROWSERS: readonly [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
];
const nameIn = (names: readonly [RegExp, string][], text: string) => names.find(([pattern]) => pattern.test(text))?.[1];

/** There are few of them, and many sessions of each. */
const browsers = new Map<string, string>();
const MOST_BROWSERS = 2_000;

export function browserOf({ userAgent }: Session): string {
  if (userAgent === null) return '';
  let browser = browsers.get(userAgent);
  if (browser === undefined) {
    browser = [nameIn(BROWSERS, userAgent), nameIn(SYSTEMS, userAgent)].filter(Boolean).join(' · ');
    browser ||= userAgent.slice(0, 40);
    if (browsers.size >= MOST_BROWSERS) browsers.clear();
    browsers.set(userAgent, browser);
  }
  return browser;
}

export const deviceOf = ({ device, deviceName }: Session): string => deviceName ?? device ?? '';
export const placeOf = ({ region, ip }: Session): string => [region, ip].filter(Boolean).join(' · ');
export const applicationOf = ({ application, clientId }: Session): string => application ?? clientId;

/** What a search finds a row by, made once a version of it. */
const texts = new WeakMap<Session, string>();
export function textOf(session: Session): string {
  let text = texts.get(session);
  if (text === undefined) {
    const { subject, email, sid, id, clientId, cause, reason, device, userAgent } = session;
    text = [
      subject,
      email,
      applicationOf(session),
      clientId,
      deviceOf(session),
      device,
      browserOf(session),
      userAgent,
      placeOf(session),
      cause,
      reason,
      sid,
      id,
    ]
      .filter(Boolean)
      .join('\n')
      .toLowerCase();
    texts.set(session, text);
  }
  return text;
}

const FIELDS: Readonly<Record<string, (session: Session, now: number) => string | null>> = {
  status: (session, now) => statusOf(session, now),
  user: ({ subject }) => subject,
  email: ({ email }) => email,
  app: (session) => `${session.clientId}\n${applicationOf(session)}`,
  device: (session) => `${session.device ?? ''}\n${deviceOf(session)}`,
  browser: browserOf,
  region: ({ region }) => region,
  ip: ({ ip }) => ip,
  cause: ({ cause }) => cause,
  revocation: ({ revocationId }) => revocationId,
};

/** `status:active app:crm ada`: every word must be found, one with a colon in that column. */
export function matcherOf(query: string): (session: Session, now: number) => boolean {
  const words = (query.match(/(?:[a-z]+:)?"[^"]*"|\S+/gi) ?? []).map((word) => word.replaceAll('"', '').toLowerCase());
  const tests = words.map((word) => {
    const at = word.indexOf(':');
    const field = at > 0 ? FIELDS[word.slice(0, at)] : undefined;
    const wanted = field ? word.slice(at + 1) : word;
    return field
      ? (session: Session, now: number) => (field(session, now) ?? '').toLowerCase().includes(wanted)
      : (session: Session) => textOf(session).includes(wanted);
  });
  return (session, now) => tests.every((test) => test(session, now));
}
