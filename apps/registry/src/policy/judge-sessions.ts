import type { EnforcementCounts, SessionPolicy } from '@curfew/contracts';
import type { Cause, Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { ApplicationStore } from '../application/application.store.js';
import type { Target } from '../barrier/barrier.js';
import { RaiseBarriers } from '../barrier/raise-barriers.js';
import { RevocationStore } from '../revocation/revocation.store.js';
import { publishRevoked } from '../session/publish-revoked.js';
import type { Session } from '../session/session.js';
import { SessionStore } from '../session/session.store.js';
import { JudgeStore, type CapOf, type JudgedSession, type Order, type TimeoutCause } from './judge.store.js';
import { PolicyOfEach, type Layers } from './layers.js';

/** What a policy does to sessions, before it is done. Each session is in one of them at most. */
export interface Plan {
  readonly judged: readonly JudgedSession[];
  readonly policies: readonly SessionPolicy[];
  readonly marked: readonly string[];
  readonly changed: readonly string[];
  readonly ended: Readonly<Record<TimeoutCause, readonly string[]>>;
  readonly evicted: readonly string[];
}

/** More than this travels on the bulk lane. */
const FEW = 50;
const DEADLINE_SECONDS = 60;
const REASON = {
  idle_timeout: 'no activity for as long as the changed policy allows',
  absolute_timeout: 'as old as the changed policy allows',
  evicted: 'more sign-ins or sessions than the changed policy allows',
} as const;

/** Judges live sessions by the policies that hold for them now: one way to find out, for those who only ask as well. */
@Injectable()
export class JudgeSessions {
  constructor(
    private readonly store: JudgeStore,
    private readonly sessions: SessionStore,
    private readonly applications: ApplicationStore,
    private readonly revocations: RevocationStore,
    private readonly raiseBarriers: RaiseBarriers,
  ) {}

  /** Writes nothing. */
  async plan(tx: Tx, judged: readonly JudgedSession[], layers: Layers, order: Order, now: Date): Promise<Plan> {
    const policyOf = new PolicyOfEach(layers, now);
    const policies = judged.map((session) => policyOf.of(session));
    const verdicts =
      judged.length === 0 ? new Map<never, never>() : await this.store.judge(tx, judged, policies, order);
    const of = (verdict: Parameters<typeof verdicts.get>[0]): readonly string[] => verdicts.get(verdict) ?? [];
    const ended = { idle_timeout: of('idle_timeout'), absolute_timeout: of('absolute_timeout') };
    const caps = capsOf(judged, policies, policyOf, order);
    const evicted = await this.store.overCap(tx, caps, [...ended.idle_timeout, ...ended.absolute_timeout]);
    const gone = new Set(evicted);
    const staying = (ids: readonly string[]) => ids.filter((id) => !gone.has(id));
    return { judged, policies, ended, evicted, marked: staying(of('marked')), changed: staying(of('changed')) };
  }

  /** Does it, tells the applications, and has the index read these sessions again. Answers what was done. */
  async carryOut(tx: Tx, plan: Plan, order: Order, over: Target, cause: Cause): Promise<EnforcementCounts> {
    const { judged, policies, marked, changed, evicted } = plan;
    const touched = new Set([...marked, ...changed]);
    if (touched.size > 0) {
      const isTouched = judged.map(({ sessionId }) => touched.has(sessionId));
      const kept = <T>(of: readonly T[]): T[] => of.filter((_, at) => isTouched[at]);
      await this.store.setDeadlines(tx, kept(judged), kept(policies), order);
    }
    // Read this late: what was opened meanwhile and is evicted has a lower one.
    const { now, epoch } = await this.revocations.moment(tx);
    const ended = {
      idle_timeout: await this.end(tx, plan.ended.idle_timeout, 'idle_timeout', now),
      absolute_timeout: await this.end(tx, plan.ended.absolute_timeout, 'absolute_timeout', now),
      evicted: await this.end(tx, evicted, 'evicted', now),
    };
    const gone = Object.values(ended).flat();
    const deadlines = await this.applications.deadlines(
      tx,
      gone.map(({ clientId }) => clientId),
    );
    publishRevoked(tx, gone, {
      cause,
      deadlineAt: ({ clientId }) => new Date(now.getTime() + (deadlines.get(clientId) ?? DEADLINE_SECONDS) * 1000),
      originAt: now,
      epoch,
      bulk: gone.length > FEW,
    });
    if (touched.size + gone.length > 0)
      await this.raiseBarriers.execute(tx, [
        { target: over, notBefore: new Date(0), endsBefore: 0n, rereadBefore: epoch, revocationId: null },
      ]);
    return {
      sessions: judged.length,
      subjects: new Set(judged.map(({ subjectId }) => subjectId)).size,
      marked: marked.length,
      changed: changed.length,
      ended: ended.idle_timeout.length + ended.absolute_timeout.length,
      evicted: ended.evicted.length,
    };
  }

  private async end(tx: Tx, ids: readonly string[], cause: TimeoutCause | 'evicted', at: Date): Promise<Session[]> {
    if (ids.length === 0) return [];
    const ending = { at, cause, reason: REASON[cause], revocationId: null, successorSessionId: null };
    return this.sessions.endByIds(tx, ids, ending);
  }
}

/** The caps that evict. One that blocks leaves those alone who are in (CC-04). */
function capsOf(
  judged: readonly JudgedSession[],
  policies: readonly SessionPolicy[],
  policyOf: PolicyOfEach,
  { fields }: Order,
): CapOf[] {
  const caps = new Map<string, CapOf>();
  const byPerson = fields.includes('cap') || fields.includes('overCap');
  const byApplication = fields.includes('applicationCap') || fields.includes('applicationOverCap');
  judged.forEach((session, at) => {
    const { subjectId, clientId } = session;
    const own = byPerson ? policyOf.ofPerson(session) : undefined;
    if (own && own.cap !== null && own.overCap === 'evict')
      caps.set(subjectId, { subjectId, clientId: null, cap: own.cap });
    const { applicationCap, applicationOverCap } = policies[at]!;
    if (byApplication && applicationCap !== null && applicationOverCap === 'evict')
      caps.set(`${subjectId}\u0000${clientId}`, { subjectId, clientId, cap: applicationCap });
  });
  return [...caps.values()];
}

export const NOTHING: EnforcementCounts = { sessions: 0, subjects: 0, marked: 0, changed: 0, ended: 0, evicted: 0 };

export const sumOf = (a: EnforcementCounts, b: EnforcementCounts): EnforcementCounts => ({
  sessions: a.sessions + b.sessions,
  subjects: a.subjects + b.subjects,
  marked: a.marked + b.marked,
  changed: a.changed + b.changed,
  ended: a.ended + b.ended,
  evicted: a.evicted + b.evicted,
});
