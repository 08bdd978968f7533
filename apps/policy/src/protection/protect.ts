import { canonicalCidr } from '@curfew/runtime';
import { addressOf, isWithin, rangeOf } from '../sign-in/address-range.js';
import type { Verdict } from '../sign-in/evaluate.js';
import type { ProfileKind } from '../sign-in/sign-in-profile.js';
import type { LockWindow, SignInProtection } from './protection.js';

export const PURPOSES = ['sign-in', 'sign-up'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** When sign-ins of a person, or from an address, failed: milliseconds, the newest first. */
export interface FailureRecord {
  readonly failures: readonly number[];
  /** Of the lock that was last; undefined: there was none. */
  readonly lockedUntil: number | undefined;
}

export interface Standing {
  readonly now: number;
  readonly user: FailureRecord;
  readonly ip: FailureRecord;
}

export interface Decision extends Omit<Verdict, 'reason' | 'steps'> {
  readonly reason: Verdict['reason'] | 'user_locked' | 'ip_locked' | 'risk_too_high';
  /** What the person goes through, in this order (SP-13). `mfa` where `mfa` is null: any factor the person has. */
  readonly steps: ('captcha' | 'profile' | 'mfa')[];
  /** Of whoever is locked. */
  readonly lockedUntil: string | null;
}

/** An IPv6 address is counted by its /64: whoever has one has all of them. */
export const sourceOf = (ip: string): string => {
  const address = addressOf(ip)?.toString() ?? ip;
  return address.includes(':') ? canonicalCidr(`${address}/64`) : address;
};

/** Until when the newest failure locks, where it is the one that fills a window. */
export function locksUntil(failures: readonly number[], windows: readonly LockWindow[]): number | undefined {
  const ends = windows
    .filter(({ failures: most, withinSeconds }) => failures[0]! - failures[most - 1]! < withinSeconds * 1_000)
    .map(({ lockSeconds }) => failures[0]! + lockSeconds * 1_000);
  return ends.length === 0 ? undefined : Math.max(...ends);
}

interface Asked {
  readonly ip: string;
  readonly risk: number | undefined;
  readonly purpose: Purpose;
}

/** What the policies decide, and on top of it locks, risk and captcha, which only ever make it stricter. */
export function protect(
  verdict: Verdict,
  { risk, captcha }: SignInProtection,
  standing: Standing,
  asked: Asked,
  kinds: ReadonlyMap<string, ProfileKind>,
): Decision {
  const { now } = standing;
  const [user = 0, ip = 0] = [standing.user.lockedUntil, standing.ip.lockedUntil];
  if (user > now) return blocked(verdict, 'user_locked', Math.max(user, ip));
  if (ip > now) return blocked(verdict, 'ip_locked', ip);
  if (verdict.decision === 'DENY') return { ...verdict, lockedUntil: null };
  const reaches = (threshold: number | null): boolean =>
    threshold !== null && asked.risk !== undefined && asked.risk >= threshold;
  if (reaches(risk.blockAt)) return blocked(verdict, 'risk_too_high');
  const steps: Decision['steps'] = [...verdict.steps];
  if (reaches(risk.mfaAt) && !steps.includes('mfa')) steps.push('mfa');
  const kind = verdict.profile === null ? undefined : kinds.get(verdict.profile);
  const passwordOnly = (kind === 'local' || kind === 'directory') && !steps.includes('mfa');
  if (isCaptchaAsked(captcha, standing, asked, passwordOnly)) steps.unshift('captcha');
  return { ...verdict, steps, lockedUntil: null };
}

function isCaptchaAsked(
  { afterFailures, withinSeconds, alwaysForPasswordOnly, suspiciousIps, liftedFor }: SignInProtection['captcha'],
  { now, ip }: Standing,
  asked: Asked,
  passwordOnly: boolean,
): boolean {
  const address = addressOf(asked.ip);
  const isFrom = (range: string): boolean => address !== undefined && isWithin(address, rangeOf(range));
  if (liftedFor.some(({ range, until }) => now < Date.parse(until) && isFrom(range))) return false;
  const recent = ip.failures.filter((at) => now - at < withinSeconds * 1_000).length;
  return (
    (afterFailures !== null && recent >= afterFailures) ||
    (alwaysForPasswordOnly && passwordOnly) ||
    (asked.purpose === 'sign-up' && (recent > 0 || suspiciousIps.some(isFrom)))
  );
}

const blocked = (verdict: Verdict, reason: Decision['reason'], until?: number): Decision => ({
  ...verdict,
  ...{ decision: 'DENY', reason, profile: null, mfa: null, session: null, steps: [] },
  lockedUntil: until === undefined ? null : new Date(until).toISOString(),
});
