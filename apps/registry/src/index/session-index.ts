import type { Barrier, Target, TargetKind } from '../barrier/barrier.js';

/** A session as the index holds it. */
export interface IndexedSession {
  readonly tenant: string;
  readonly sessionId: string;
  readonly clientId: string;
  readonly sid: string;
  readonly subjectId: string;
  readonly deviceId: string | null;
  readonly groups: readonly string[];
  readonly authenticatedAtMs: number;
  readonly judgedAtMs: number;
  readonly openedAtMs: number;
  readonly epoch: bigint;
  /** The epoch up to which what stands here is known to hold. */
  readonly asOf: bigint;
  readonly absoluteExpiresAtMs: number;
  readonly idleSeconds: number | null;
  readonly lastActivityAtMs: number;
  /** From then on it does not go on before its person has authenticated again. */
  readonly reauthAtMs: number | null;
}

export type SessionKey =
  | { readonly tenant: string; readonly sessionId: string }
  | { readonly tenant: string; readonly clientId: string; readonly sid: string };

export type IndexAnswer =
  /** Not to be believed now: ask PostgreSQL. */
  | { readonly kind: 'untrusted' }
  /** Believed, and never heard of it: ask PostgreSQL. */
  | { readonly kind: 'unknown' }
  /** Believed, and what it knows may have changed since: ask PostgreSQL, and put what that says. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'inactive'; readonly clientId: string; readonly reauthenticate: boolean }
  | { readonly kind: 'active'; readonly session: IndexedSession };

export interface Touched {
  readonly tenant: string;
  readonly sessionId: string;
  readonly lastActivityAtMs: number;
}

/** The barriers a session is judged by, besides its own. */
export const barrierTargets = (
  session: Pick<IndexedSession, 'sessionId' | 'clientId' | 'subjectId' | 'deviceId' | 'groups' | 'tenant'>,
): Target[] => [
  { kind: 'tenant', id: session.tenant },
  { kind: 'session', id: session.sessionId },
  { kind: 'application', id: session.clientId },
  { kind: 'subject', id: session.subjectId },
  ...(session.deviceId === null ? [] : [{ kind: 'device' as TargetKind, id: session.deviceId }]),
  ...session.groups.map((id) => ({ kind: 'group' as TargetKind, id })),
];

/**
 * The hot index: what checks are answered from. PostgreSQL is the truth; the index is believed only while a marker of
 * a few seconds stands, which is renewed only by a registry that knows of no barrier the index lacks (design §4.9).
 * Barriers only rise, so telling one twice, or late, changes nothing. Two forms pass one suite: Redis, and in-memory.
 */
export abstract class SessionIndex {
  /** Judges one session at `nowMs`; with `touch` an active one's last activity becomes `nowMs`. Rejects when unreachable. */
  abstract check(key: SessionKey, nowMs: number, touch: boolean): Promise<IndexAnswer>;

  /** Repeating it changes nothing but groups; a later activity that is known stays. */
  abstract put(sessions: readonly IndexedSession[]): Promise<void>;

  /** Tells barriers before their transaction commits. Rejects when it takes longer than 200 ms. */
  abstract raise(barriers: readonly Barrier[]): Promise<void>;

  /** Their transaction has committed. A higher one, told meanwhile by another that may still fail, stays unsettled. */
  abstract settle(barriers: readonly Barrier[]): Promise<void>;

  /** Targets whose barrier was raised this long ago or longer and never settled: their transaction may have failed. */
  abstract unsettled(olderThanMs: number): Promise<{ tenant: string; target: Target }[]>;

  /** Makes a target's barrier what PostgreSQL says, lower or not. */
  abstract correct(tenant: string, target: Target, barrier: Barrier | undefined): Promise<void>;

  /** Renews the marker. False: the index has lost what it held, or was never filled. Rejects when unreachable. */
  abstract renew(): Promise<boolean>;

  /** Every barrier has been told: from now on the marker may be renewed. */
  abstract filled(): Promise<void>;

  /**
   * Of sessions that PostgreSQL takes for expired, the last activities of those that are not; the others are marked, so
   * that no activity that comes a moment later brings back what is about to end.
   */
  abstract expire(
    sessions: readonly { tenant: string; sessionId: string }[],
    nowMs: number,
  ): Promise<Map<string, number>>;

  /** Takes up to `limit` sessions that were touched since they were last taken. */
  abstract takeTouched(limit: number): Promise<Touched[]>;

  /** Puts back what could not be written. */
  abstract returnTouched(touched: readonly Touched[]): Promise<void>;

  abstract close(): Promise<void>;
}

/** The rule, as every form of the index and the query in PostgreSQL apply it. */
export function isDeadBy(
  session: Pick<IndexedSession, 'judgedAtMs' | 'epoch'>,
  barrier: Pick<Barrier, 'notBefore' | 'endsBefore'>,
): boolean {
  return session.judgedAtMs <= barrier.notBefore.getTime() || session.epoch < barrier.endsBefore;
}

export const isStale = ({ asOf }: Pick<IndexedSession, 'asOf'>, barrier: Pick<Barrier, 'rereadBefore'>): boolean =>
  asOf < barrier.rereadBefore;

export const mustReauthenticate = ({ reauthAtMs }: Pick<IndexedSession, 'reauthAtMs'>, nowMs: number): boolean =>
  reauthAtMs !== null && reauthAtMs <= nowMs;

export function isExpired(
  session: Pick<IndexedSession, 'absoluteExpiresAtMs' | 'idleSeconds' | 'lastActivityAtMs'>,
  nowMs: number,
): boolean {
  return (
    session.absoluteExpiresAtMs <= nowMs ||
    (session.idleSeconds !== null && session.lastActivityAtMs + session.idleSeconds * 1000 <= nowMs)
  );
}
