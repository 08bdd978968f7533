import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Barrier, Target, TargetKind } from '../barrier/barrier.js';
import {
  barrierTargets,
  SessionIndex,
  type IndexAnswer,
  type IndexedSession,
  type SessionKey,
  type Touched,
} from './session-index.js';
import { CHECK, EXPIRE, PUT, RAISE, RENEW, SETTLE } from './session-index.lua.js';

/** A write that takes longer is given up: the barrier commits as not indexed. */
const PATIENCE_MS = 200;
/** After that nobody waits again for this long. */
const KNOWN_DOWN_MS = 1_000;
const MARKER_MS = 2_000;
/** Sessions that ended are forgotten by themselves; a day past its last deadline nobody asks for one. */
const KEPT_PAST_EXPIRY_MS = 24 * 3_600_000;

declare module 'ioredis' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- a merged declaration has to name it again
  interface RedisCommander<Context> {
    curfewCheck(marker: string, session: string, ...values: (string | number)[]): Promise<(string | null)[]>;
    curfewPut(session: string, sid: string, ...values: (string | number)[]): Promise<number>;
    curfewRaise(barrier: string, unsettled: string, ...values: (string | number)[]): Promise<number>;
    curfewSettle(barrier: string, unsettled: string, ...values: (string | number)[]): Promise<number>;
    curfewExpire(session: string, nowMs: number): Promise<string | null>;
    curfewRenew(marker: string, complete: string, ...values: (string | number)[]): Promise<number>;
  }
}

/** Keys share the tenant as their hash tag, so that one script's keys are in one place also in a cluster. */
const sessionKey = (tenant: string, id: string): string => `curfew:{${tenant}}:session:${id}`;
const sidKey = (tenant: string, clientId: string, sid: string): string =>
  `curfew:{${tenant}}:sid:${clientId.length}:${clientId}:${sid}`;
const barrierKey = (tenant: string, { kind, id }: Target): string => `curfew:{${tenant}}:barrier:${kind}:${id}`;
const markerKey = 'curfew:marker';
const completeKey = 'curfew:complete';
const unsettledKey = 'curfew:unsettled';
const touchedKey = 'curfew:touched';

export class RedisSessionIndex extends SessionIndex {
  private readonly redis: Redis;
  private downUntil = 0;
  private evictionChecked = false;

  constructor(url: string, log: Logger) {
    super();
    this.redis = new Redis(url, {
      // A check must not wait for a Redis that is away: PostgreSQL answers then.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 1_000,
      commandTimeout: PATIENCE_MS,
      enableAutoPipelining: true,
      retryStrategy: (times) => Math.min(50 * times, 500),
    });
    this.redis.on('error', (error: Error) => log.debug({ err: error }, 'Redis is not reachable'));
    this.redis.on('close', () => (this.evictionChecked = false));
    this.redis.defineCommand('curfewCheck', { numberOfKeys: 2, lua: CHECK });
    this.redis.defineCommand('curfewPut', { numberOfKeys: 2, lua: PUT });
    this.redis.defineCommand('curfewRaise', { numberOfKeys: 2, lua: RAISE });
    this.redis.defineCommand('curfewSettle', { numberOfKeys: 2, lua: SETTLE });
    this.redis.defineCommand('curfewExpire', { numberOfKeys: 1, lua: EXPIRE });
    this.redis.defineCommand('curfewRenew', { numberOfKeys: 2, lua: RENEW });
  }

  override async check(key: SessionKey, nowMs: number, touch: boolean): Promise<IndexAnswer> {
    const { tenant } = key;
    const name = 'sessionId' in key ? sessionKey(tenant, key.sessionId) : sidKey(tenant, key.clientId, key.sid);
    const [kind, ...fields] = await this.redis.curfewCheck(markerKey, name, nowMs, touch ? 1 : 0);
    switch (kind) {
      case 'active':
        return { kind: 'active', session: sessionFrom(tenant, fields[0]!, fields[1]!) };
      case 'inactive':
        return { kind: 'inactive', clientId: fields[0]!, reauthenticate: fields[1] === 'reauthenticate' };
      case 'stale':
        return { kind: 'stale' };
      case 'unknown':
        return { kind: 'unknown' };
      default:
        return { kind: 'untrusted' };
    }
  }

  override async put(sessions: readonly IndexedSession[]): Promise<void> {
    await Promise.all(
      sessions.map((session) =>
        this.redis.curfewPut(
          sessionKey(session.tenant, session.sessionId),
          sidKey(session.tenant, session.clientId, session.sid),
          viewOf(session),
          session.clientId,
          session.judgedAtMs,
          session.epoch.toString(),
          session.absoluteExpiresAtMs,
          session.idleSeconds ?? -1,
          JSON.stringify(barrierTargets(session).map((target) => barrierKey(session.tenant, target))),
          JSON.stringify([session.tenant, session.sessionId]),
          session.lastActivityAtMs,
          session.absoluteExpiresAtMs + KEPT_PAST_EXPIRY_MS,
          session.reauthAtMs ?? -1,
          session.asOf.toString(),
        ),
      ),
    );
  }

  override async raise(barriers: readonly Barrier[]): Promise<void> {
    if (Date.now() < this.downUntil) throw new Error('Redis did not answer a moment ago');
    try {
      await Promise.all(
        barriers.map((barrier) => {
          const target = { kind: barrier.kind, id: barrier.targetId };
          return this.redis.curfewRaise(
            barrierKey(barrier.tenant, target),
            unsettledKey,
            barrier.notBefore.getTime(),
            barrier.endsBefore.toString(),
            unsettledMember(barrier.tenant, target),
            Date.now(),
            barrier.rereadBefore.toString(),
          );
        }),
      );
    } catch (error) {
      this.downUntil = Date.now() + KNOWN_DOWN_MS;
      throw error;
    }
  }

  override async settle(barriers: readonly Barrier[]): Promise<void> {
    await Promise.all(
      barriers.map(({ tenant, kind, targetId, notBefore, endsBefore, rereadBefore }) => {
        const target = { kind, id: targetId };
        return this.redis.curfewSettle(
          barrierKey(tenant, target),
          unsettledKey,
          notBefore.getTime(),
          endsBefore.toString(),
          unsettledMember(tenant, target),
          rereadBefore.toString(),
        );
      }),
    );
  }

  override async unsettled(olderThanMs: number): Promise<{ tenant: string; target: Target }[]> {
    const members = await this.redis.zrangebyscore(unsettledKey, 0, Date.now() - olderThanMs, 'LIMIT', 0, 1_000);
    return members.map((member) => {
      const [tenant, kind, id] = JSON.parse(member) as [string, TargetKind, string];
      return { tenant, target: { kind, id } };
    });
  }

  override async correct(tenant: string, target: Target, barrier: Barrier | undefined): Promise<void> {
    const key = barrierKey(tenant, target);
    if (barrier)
      await this.redis.hset(key, {
        nb: barrier.notBefore.getTime(),
        eb: barrier.endsBefore.toString(),
        rb: barrier.rereadBefore.toString(),
      });
    else await this.redis.del(key);
    await this.redis.zrem(unsettledKey, unsettledMember(tenant, target));
  }

  override async renew(): Promise<boolean> {
    await this.assertNothingIsEvicted();
    return (await this.redis.curfewRenew(markerKey, completeKey, await this.runId(), MARKER_MS)) === 1;
  }

  override async filled(): Promise<void> {
    await this.redis.set(completeKey, await this.runId());
    await this.renew();
  }

  override async expire(
    sessions: readonly { tenant: string; sessionId: string }[],
    nowMs: number,
  ): Promise<Map<string, number>> {
    const found = await Promise.all(
      sessions.map(
        async ({ tenant, sessionId }) =>
          [sessionId, await this.redis.curfewExpire(sessionKey(tenant, sessionId), nowMs)] as const,
      ),
    );
    return new Map(found.flatMap(([id, at]) => (at === null ? [] : [[id, Number(at)] as const])));
  }

  override async takeTouched(limit: number): Promise<Touched[]> {
    const taken = await this.redis.zpopmin(touchedKey, limit);
    const touched: Touched[] = [];
    for (let i = 0; i < taken.length; i += 2) {
      const [tenant, sessionId] = JSON.parse(taken[i]!) as [string, string];
      touched.push({ tenant, sessionId, lastActivityAtMs: Number(taken[i + 1]) });
    }
    return touched;
  }

  override async returnTouched(touched: readonly Touched[]): Promise<void> {
    if (touched.length === 0) return;
    await this.redis.zadd(
      touchedKey,
      'GT',
      ...touched.flatMap((one) => [one.lastActivityAtMs, JSON.stringify([one.tenant, one.sessionId])]),
    );
  }

  override async close(): Promise<void> {
    this.redis.disconnect();
  }

  /** Another server, or the same one started again, may lack the last second of writes: it is filled anew. */
  private async runId(): Promise<string> {
    const info = await this.redis.info('server');
    return /run_id:(\w+)/.exec(info)?.[1] ?? 'unknown';
  }

  private async assertNothingIsEvicted(): Promise<void> {
    if (this.evictionChecked) return;
    const info = await this.redis.info('memory');
    const policy = /maxmemory_policy:(\S+)/.exec(info)?.[1];
    const limit = /maxmemory:(\d+)/.exec(info)?.[1];
    if (policy !== 'noeviction' && limit !== '0')
      throw new Error(`Redis may evict barriers (maxmemory-policy ${policy}); it must be noeviction`);
    this.evictionChecked = true;
  }
}

const unsettledMember = (tenant: string, { kind, id }: Target): string => JSON.stringify([tenant, kind, id]);

/** What an answer is made of, as one text: all but the tenant, which is in the key, and the last activity, which moves. */
const viewOf = ({ tenant: _tenant, lastActivityAtMs: _activity, epoch, asOf, ...session }: IndexedSession): string =>
  JSON.stringify({ ...session, epoch: epoch.toString(), asOf: asOf.toString() });

function sessionFrom(tenant: string, view: string, lastActivityAt: string): IndexedSession {
  const session = JSON.parse(view) as Omit<IndexedSession, 'tenant' | 'epoch' | 'asOf' | 'lastActivityAtMs'> & {
    epoch: string;
    asOf: string;
  };
  return {
    ...session,
    tenant,
    epoch: BigInt(session.epoch),
    asOf: BigInt(session.asOf),
    lastActivityAtMs: Number(lastActivityAt),
  };
}
