import { RevocationCoveredV1, RevocationResolvedV1, RevocationStartedV1 } from '@curfew/contracts';
import { together, type Cause, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { Target } from '../barrier/barrier.js';
import { LimitedBarrierStore } from '../barrier/limited-barrier.store.js';
import { raisesOf, toldLimits, type Limits } from '../barrier/limits.js';
import { RaiseBarriers } from '../barrier/raise-barriers.js';
import { publishRevoked } from '../session/publish-revoked.js';
import type { Session } from '../session/session.js';
import type { Ending } from '../session/covered-sessions.js';
import { SessionStore } from '../session/session.store.js';
import { OwnerStore } from '../subject/owner.store.js';
import { isBulk, type Moment, type Revocation } from './revocation.js';
import { RevocationStore } from './revocation.store.js';

/** More than this is left to the worker that ends sessions in batches. */
export const AT_ONCE = 500;

export interface RevocationOrder {
  readonly revocationId: string;
  readonly target: Target;
  readonly bar: boolean;
  readonly reason: string;
  readonly deadlineSeconds: number;
  readonly requestedAt: Date;
  /** When what led to it came to Curfew. */
  readonly originAt: Date;
  readonly cause: Cause;
  readonly signalId: string | null;
  readonly signal: Readonly<Record<string, unknown>> | null;
  /** The source whose rehire may lift the bar; null: a person's, whom only a person overrules. */
  readonly source: string | null;
  /** Set: superseded; it ends only what was authenticated at or before this, and bars nothing. */
  readonly upTo: Date | null;
  /** Given: of a subject, and it ends these and no others. */
  readonly limits?: Limits;
}

interface OwnedSessions {
  readonly ended: readonly Session[];
  readonly untold: readonly string[];
}

const NONE: OwnedSessions = { ended: [], untold: [] };

/**
 * Puts a revocation in force, in the caller's transaction and under the caller's locks: its barrier, its bar, and, of
 * a target with few sessions, their end. Nothing of it is seen before all of it is.
 */
@Injectable()
export class StartRevocation {
  constructor(
    private readonly store: RevocationStore,
    private readonly sessions: SessionStore,
    private readonly limited: LimitedBarrierStore,
    private readonly raiseBarriers: RaiseBarriers,
    private readonly owners: OwnerStore,
  ) {}

  /** `moment`: read after the locks, by the caller when it read something else there anyway. */
  async execute(tx: Tx, order: RevocationOrder, moment?: Moment): Promise<Revocation> {
    const { now, epoch } = moment ?? (await this.store.moment(tx));
    if (order.limits) return this.startLimited(tx, order, order.limits, { now, epoch });
    const notBefore = order.upTo !== null && order.upTo < now ? order.upTo : now;
    const endsBefore = order.upTo === null ? epoch : 0n;
    const { target, revocationId } = order;
    // Sent together: none of them needs the answer of another.
    const [own, ownUntold, subjects] = await together([
      isBulk(target) ? undefined : this.endAtOnce(tx, order, notBefore, epoch, now),
      isBulk(target) ? [] : this.sessions.untold(tx, { target, exceptRevocationId: revocationId, before: epoch }),
      target.kind === 'subject' ? this.owners.ownedBy(tx, target.id) : [],
      this.raiseBarriers.execute(tx, [{ target, notBefore, endsBefore, revocationId }]),
    ]);
    const owned = subjects.length > 0 ? await this.endOwned(tx, order, subjects, notBefore) : NONE;
    const ended = own && [...own, ...owned.ended];
    const resolved = own !== undefined && own.length < AT_ONCE;
    const covered = resolved ? [...ownUntold, ...owned.untold] : [];
    return this.started(tx, order, { now, epoch }, { notBefore, ended, covered, resolved });
  }

  /**
   * Those that hang on a subject end with it (N-20): under their own locks, and under an epoch that was read after these.
   * What is opened for one of them later looks at its owners; the index knows of each that is ended.
   */
  private async endOwned(
    tx: Tx,
    order: RevocationOrder,
    owned: readonly string[],
    notBefore: Date,
  ): Promise<OwnedSessions> {
    const { target, revocationId, upTo } = order;
    const subjects = await this.owners.lockOwned(tx, target.id, owned);
    const { now, epoch } = await this.store.moment(tx);
    const { live, untold } = await this.owners.sessions(tx, subjects, {
      before: epoch,
      upTo: upTo === null ? null : notBefore,
      exceptRevocationId: revocationId,
    });
    const ended = await this.sessions.endByIds(tx, live, endingOf(order, now));
    await this.raiseBarriers.execute(
      tx,
      live.map((id) => ({
        target: { kind: 'session', id },
        notBefore: new Date(0),
        endsBefore: epoch,
        revocationId,
      })),
    );
    return { ended, untold };
  }

  /** One person's sessions, and only some of them: these end at once, however many they are. */
  private async startLimited(tx: Tx, order: RevocationOrder, limits: Limits, moment: Moment): Promise<Revocation> {
    const { target, revocationId } = order;
    const { now, epoch } = moment;
    const doomed = await this.limited.live(tx, target.id, limits, epoch);
    const [ended, covered] = await together([
      this.sessions.endByIds(tx, doomed, endingOf(order, now)),
      this.limited.untold(tx, target.id, limits, revocationId, epoch),
      this.raiseBarriers.execute(tx, raisesOf(target, limits, doomed, { epoch, revocationId })),
    ]);
    this.limited.raise(tx, target.id, limits);
    return this.started(tx, order, moment, { notBefore: now, ended, covered, resolved: true });
  }

  private started(
    tx: Tx,
    order: RevocationOrder,
    { now, epoch }: Moment,
    {
      notBefore,
      ended,
      covered,
      resolved,
    }: {
      readonly notBefore: Date;
      readonly ended: readonly Session[] | undefined;
      readonly covered: readonly string[];
      readonly resolved: boolean;
    },
  ): Revocation {
    const revocation: Revocation = {
      revocationId: order.revocationId,
      signalId: order.signalId,
      signal: order.signal,
      target: order.target,
      bar: order.bar,
      reason: order.reason,
      actor: order.cause.actor,
      correlationId: order.cause.correlationId,
      requestedAt: order.requestedAt,
      originAt: order.originAt,
      notBefore,
      epoch,
      deadlineAt: new Date(now.getTime() + order.deadlineSeconds * 1000),
      standing: order.upTo === null ? 'in_force' : 'superseded',
      state: resolved ? 'telling' : 'ending',
      ended: ended?.length ?? 0,
      alreadyEnded: covered.length,
      resolvedAt: resolved ? now : null,
      settledAt: null,
      outcome: null,
    };
    this.store.insert(tx, revocation, order.source);
    publishStarted(tx, revocation, order);
    if (ended)
      publishRevoked(tx, ended, {
        cause: order.cause,
        deadlineAt: () => revocation.deadlineAt,
        originAt: order.originAt,
        epoch,
      });
    if (resolved) this.publishResolved(tx, revocation, covered, order.cause);
    return revocation;
  }

  /** Every session is ended: says how many, exactly. */
  publishResolved(tx: Tx, revocation: Revocation, covered: readonly string[], cause: Cause): void {
    const { revocationId, signalId, target } = revocation;
    const subject = target.id;
    if (covered.length > 0) this.store.cover(tx, revocationId, covered);
    for (let from = 0; from < covered.length; from += AT_ONCE) {
      const sessionIds = covered.slice(from, from + AT_ONCE);
      tx.publish(RevocationCoveredV1, { subject, cause, bulk: isBulk(target), data: { revocationId, sessionIds } });
    }
    tx.publish(RevocationResolvedV1, {
      subject,
      cause,
      data: {
        revocationId,
        signalId,
        target,
        ended: revocation.ended,
        alreadyEnded: covered.length,
        resolvedAt: (revocation.resolvedAt ?? new Date()).toISOString(),
      },
    });
  }

  private endAtOnce(tx: Tx, order: RevocationOrder, notBefore: Date, epoch: bigint, at: Date): Promise<Session[]> {
    const range = order.upTo === null ? { before: epoch } : { notBefore };
    return this.sessions.endCovered(tx, { target: order.target, range, ending: endingOf(order, at), limit: AT_ONCE });
  }
}

export const endingOf = (
  { reason, revocationId }: Pick<RevocationOrder, 'reason' | 'revocationId'>,
  at: Date,
): Ending => ({
  at,
  cause: 'revoked',
  reason,
  revocationId,
  successorSessionId: null,
});

function publishStarted(tx: Tx, revocation: Revocation, { cause, limits }: RevocationOrder): void {
  tx.publish(RevocationStartedV1, {
    subject: revocation.target.id,
    cause,
    data: {
      revocationId: revocation.revocationId,
      signalId: revocation.signalId,
      target: revocation.target,
      ...(limits === undefined ? {} : { limits: toldLimits(limits) }),
      bar: revocation.bar && revocation.standing === 'in_force',
      reason: revocation.reason,
      notBefore: revocation.notBefore.toISOString(),
      epoch: revocation.epoch.toString(),
      deadlineAt: revocation.deadlineAt.toISOString(),
      standing: revocation.standing,
    },
  });
}
