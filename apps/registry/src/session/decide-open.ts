import type { ProblemCode, SessionPolicy } from '@curfew/contracts';
import { signInOf, type Session } from './session.js';

/** A live session of the subject, as far as caps are concerned. */
export type LiveSession = Pick<Session, 'sessionId' | 'clientId' | 'deviceId' | 'signInId' | 'openedAt'>;

export interface OpenFacts {
  readonly clientId: string;
  readonly deviceId: string | null;
  readonly signInId: string | null;
  readonly authenticatedAt: Date;
  readonly judgedAt: Date;
  readonly now: Date;
  /** The highest barrier that covers the session to be; null when none does. */
  readonly notBefore: Date | null;
  readonly subjectBarred: boolean;
  readonly deviceBarred: boolean;
  readonly policy: SessionPolicy;
  readonly live: readonly LiveSession[];
}

export type RefusalCode = Extract<
  ProblemCode,
  | 'subject_barred'
  | 'device_quarantined'
  | 'authenticated_before_revocation'
  | 'reauthentication_required'
  | 'session_limit_reached'
>;

export type OpenDecision =
  | { readonly kind: 'open'; readonly evict: readonly string[] }
  | { readonly kind: 'refuse'; readonly code: RefusalCode };

/** Bars first, then barriers, then how old the authentication is, then caps: what is refused for good is not answered with a limit. */
export function decideOpen(facts: OpenFacts): OpenDecision {
  if (facts.subjectBarred) return { kind: 'refuse', code: 'subject_barred' };
  if (facts.deviceBarred) return { kind: 'refuse', code: 'device_quarantined' };
  if (facts.notBefore !== null && facts.judgedAt <= facts.notBefore)
    return { kind: 'refuse', code: 'authenticated_before_revocation' };
  const reauthAt = reauthAtOf(facts.authenticatedAt, facts.policy);
  if (reauthAt !== null && reauthAt <= facts.now) return { kind: 'refuse', code: 'reauthentication_required' };
  return decideCaps(facts);
}

/** Until when an authentication is good enough (OP-01); null: for as long as the session lasts. */
export const reauthAtOf = (
  authenticatedAt: Date,
  { reauthSeconds }: Pick<SessionPolicy, 'reauthSeconds'>,
): Date | null => (reauthSeconds === null ? null : new Date(authenticatedAt.getTime() + reauthSeconds * 1000));

interface Holder {
  readonly key: string;
  readonly openedAt: Date;
  readonly sessionIds: readonly string[];
}

function decideCaps({ clientId, deviceId, signInId, policy, live }: OpenFacts): OpenDecision {
  // Within the cap of the person, sessions of one sign-in count once; one more in a sign-in that is there adds none.
  const own = signInOf({ deviceId, signInId, sessionId: '' });
  const signIns = holders(live, signInOf);
  const byPerson = signIns.some(({ key }) => key === own) ? 'fits' : overflow(signIns, policy.cap, policy.overCap);
  const there = holders(
    live.filter((session) => session.clientId === clientId),
    ({ sessionId }) => sessionId,
  );
  const byApplication = overflow(there, policy.applicationCap, policy.applicationOverCap);
  if (byPerson === 'blocked' || byApplication === 'blocked') return { kind: 'refuse', code: 'session_limit_reached' };
  const evicted = [byPerson, byApplication].flatMap((over) => (over === 'fits' ? [] : over));
  return { kind: 'open', evict: [...new Set(evicted)] };
}

function holders(sessions: readonly LiveSession[], keyOf: (session: LiveSession) => string): Holder[] {
  const byKey = new Map<string, LiveSession[]>();
  for (const session of sessions) byKey.set(keyOf(session), [...(byKey.get(keyOf(session)) ?? []), session]);
  return [...byKey]
    .map(([key, of]) => ({
      key,
      openedAt: of.reduce((oldest, { openedAt }) => (openedAt < oldest ? openedAt : oldest), of[0]!.openedAt),
      sessionIds: of.map(({ sessionId }) => sessionId),
    }))
    .sort((a, b) => a.openedAt.getTime() - b.openedAt.getTime() || (a.key < b.key ? -1 : 1));
}

/** The oldest that must go so that one more fits. */
function overflow(
  present: readonly Holder[],
  cap: number | null,
  overCap: 'block' | 'evict',
): 'fits' | 'blocked' | string[] {
  if (cap === null || present.length < cap) return 'fits';
  if (overCap === 'block') return 'blocked';
  return present.slice(0, present.length - cap + 1).flatMap(({ sessionIds }) => sessionIds);
}
