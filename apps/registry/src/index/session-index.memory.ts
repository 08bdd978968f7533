import { LRUCache } from 'lru-cache';
import type { Barrier, Target } from '../barrier/barrier.js';
import {
  barrierTargets,
  isDeadBy,
  isExpired,
  isStale,
  mustReauthenticate,
  SessionIndex,
  type IndexAnswer,
  type IndexedSession,
  type SessionKey,
  type Touched,
} from './session-index.js';

const MOST_SESSIONS = 100_000;

const barrierKey = (tenant: string, { kind, id }: Target): string => `${tenant}\u0000${kind}\u0000${id}`;
const sidKey = (tenant: string, clientId: string, sid: string): string => `${tenant}\u0000${clientId}\u0000${sid}`;
const sessionKey = (tenant: string, sessionId: string): string => `${tenant}\u0000${sessionId}`;

interface Entry {
  readonly session: IndexedSession;
  readonly expired: boolean;
}

/** In this process, for the embedded form: empty at every start, and filled from PostgreSQL. */
export class MemorySessionIndex extends SessionIndex {
  private readonly sessions = new LRUCache<string, Entry>({ max: MOST_SESSIONS });
  private readonly sids = new LRUCache<string, string>({ max: MOST_SESSIONS });
  private readonly barriers = new Map<string, Barrier>();
  private readonly unsettledSince = new Map<string, { tenant: string; target: Target; at: number }>();
  private touched = new Map<string, Touched>();
  private complete = false;

  override async check(key: SessionKey, nowMs: number, touch: boolean): Promise<IndexAnswer> {
    if (!this.complete) return { kind: 'untrusted' };
    const id =
      'sessionId' in key
        ? sessionKey(key.tenant, key.sessionId)
        : this.sids.get(sidKey(key.tenant, key.clientId, key.sid));
    const entry = id === undefined ? undefined : this.sessions.get(id);
    if (id === undefined || !entry) return { kind: 'unknown' };
    const { session, expired } = entry;
    const barriers = barrierTargets(session).flatMap(
      (target) => this.barriers.get(barrierKey(key.tenant, target)) ?? [],
    );
    const { clientId } = session;
    if (barriers.some((barrier) => isDeadBy(session, barrier)))
      return { kind: 'inactive', clientId, reauthenticate: false };
    if (barriers.some((barrier) => isStale(session, barrier))) return { kind: 'stale' };
    if (expired || isExpired(session, nowMs)) return { kind: 'inactive', clientId, reauthenticate: false };
    if (mustReauthenticate(session, nowMs)) return { kind: 'inactive', clientId, reauthenticate: true };
    if (!touch) return { kind: 'active', session };
    const active = { ...session, lastActivityAtMs: Math.max(session.lastActivityAtMs, nowMs) };
    this.sessions.set(id, { session: active, expired });
    this.touched.set(id, {
      tenant: session.tenant,
      sessionId: session.sessionId,
      lastActivityAtMs: active.lastActivityAtMs,
    });
    return { kind: 'active', session: active };
  }

  override async put(sessions: readonly IndexedSession[]): Promise<void> {
    for (const session of sessions) {
      const id = sessionKey(session.tenant, session.sessionId);
      const known = this.sessions.get(id);
      const lastActivityAtMs = Math.max(session.lastActivityAtMs, known?.session.lastActivityAtMs ?? 0);
      this.sessions.set(id, { session: { ...session, lastActivityAtMs }, expired: known?.expired ?? false });
      this.sids.set(sidKey(session.tenant, session.clientId, session.sid), id);
    }
  }

  override async raise(barriers: readonly Barrier[]): Promise<void> {
    for (const barrier of barriers) {
      const target = { kind: barrier.kind, id: barrier.targetId };
      const key = barrierKey(barrier.tenant, target);
      const known = this.barriers.get(key);
      this.barriers.set(key, known ? higher(known, barrier) : barrier);
      this.unsettledSince.set(key, { tenant: barrier.tenant, target, at: Date.now() });
    }
  }

  override async settle(barriers: readonly Barrier[]): Promise<void> {
    for (const barrier of barriers) {
      const key = barrierKey(barrier.tenant, { kind: barrier.kind, id: barrier.targetId });
      const told = this.barriers.get(key);
      if (!told || !isHigher(told, barrier)) this.unsettledSince.delete(key);
    }
  }

  override async unsettled(olderThanMs: number): Promise<{ tenant: string; target: Target }[]> {
    const before = Date.now() - olderThanMs;
    return [...this.unsettledSince.values()]
      .filter(({ at }) => at <= before)
      .map(({ tenant, target }) => ({ tenant, target }));
  }

  override async correct(tenant: string, target: Target, barrier: Barrier | undefined): Promise<void> {
    const key = barrierKey(tenant, target);
    if (barrier) this.barriers.set(key, barrier);
    else this.barriers.delete(key);
    this.unsettledSince.delete(key);
  }

  override async renew(): Promise<boolean> {
    return this.complete;
  }

  override async filled(): Promise<void> {
    this.complete = true;
  }

  override async expire(
    sessions: readonly { tenant: string; sessionId: string }[],
    nowMs: number,
  ): Promise<Map<string, number>> {
    const alive = new Map<string, number>();
    for (const { tenant, sessionId } of sessions) {
      const key = sessionKey(tenant, sessionId);
      const entry = this.sessions.get(key);
      if (!entry) continue;
      if (isExpired(entry.session, nowMs)) this.sessions.set(key, { ...entry, expired: true });
      else alive.set(sessionId, entry.session.lastActivityAtMs);
    }
    return alive;
  }

  override async takeTouched(limit: number): Promise<Touched[]> {
    const taken = [...this.touched].slice(0, limit);
    for (const [key] of taken) this.touched.delete(key);
    return taken.map(([, touched]) => touched);
  }

  override async returnTouched(touched: readonly Touched[]): Promise<void> {
    for (const one of touched) {
      const key = sessionKey(one.tenant, one.sessionId);
      if (!this.touched.has(key)) this.touched.set(key, one);
    }
  }

  override async close(): Promise<void> {}

  /** What `FLUSHALL` is to Redis; for the suite. */
  forget(): void {
    this.sessions.clear();
    this.sids.clear();
    this.barriers.clear();
    this.touched.clear();
    this.unsettledSince.clear();
    this.complete = false;
  }
}

const isHigher = (a: Barrier, b: Barrier): boolean =>
  a.notBefore > b.notBefore || a.endsBefore > b.endsBefore || a.rereadBefore > b.rereadBefore;

const higher = (a: Barrier, b: Barrier): Barrier => ({
  ...a,
  notBefore: a.notBefore >= b.notBefore ? a.notBefore : b.notBefore,
  endsBefore: a.endsBefore >= b.endsBefore ? a.endsBefore : b.endsBefore,
  rereadBefore: a.rereadBefore >= b.rereadBefore ? a.rereadBefore : b.rereadBefore,
});
