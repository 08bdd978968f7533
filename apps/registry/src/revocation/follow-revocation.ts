import { Problem } from '@curfew/contracts';
import { UnitOfWork, type Tx } from '@curfew/messaging';
import { decodeCursor, page, until } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { DeliveryStore, type DeliveryView } from '../delivery/delivery.store.js';
import type { Session } from '../session/session.js';
import { CoveredStore } from './covered.store.js';
import type { Revocation } from './revocation.js';
import { RevocationStore } from './revocation.store.js';

export interface RevocationSummary {
  readonly revocationId: string;
  /** `pending_approval`: it waits for a second person (`/v1/approvals/{revocationId}`), and nothing is ended yet. */
  readonly state: Revocation['state'] | 'pending_approval';
  readonly ended: number;
  readonly alreadyEnded: number;
  readonly outcome: Revocation['outcome'];
}

export interface RevocationChain extends RevocationSummary {
  readonly target: Revocation['target'];
  readonly standing: Revocation['standing'];
  readonly reason: string;
  readonly bar: boolean;
  readonly requestedBy: string;
  readonly correlationId: string;
  readonly deadlineAt: Date;
  readonly signalId: string | null;
  readonly signal: Revocation['signal'];
  /** From the first to the last: what happened when. Null where it has not. */
  readonly timeline: {
    readonly requestedAt: Date;
    readonly inForceAt: Date;
    readonly resolvedAt: Date | null;
    readonly settledAt: Date | null;
  };
  readonly sessions: readonly {
    readonly id: string;
    readonly sid: string;
    readonly clientId: string;
    readonly subject: string;
    readonly device: string | null;
    readonly endedAt: Date | null;
    readonly cause: Session['cause'];
    /** Something else had ended it before. */
    readonly alreadyEnded: boolean;
    /** Null until fanout has told of it. */
    readonly delivery: DeliveryView | null;
  }[];
  readonly nextCursor: string | null;
}

const PAGE = 500;

/** Reads a revocation's chain: from the signal that asked for it to what each application answered, and when. */
@Injectable()
export class FollowRevocation {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: RevocationStore,
    private readonly covered: CoveredStore,
    private readonly deliveries: DeliveryStore,
  ) {}

  /** As it stands when it is settled, or when `waitMs` is over; at once where it waits for a second person. */
  async summary(tenant: string, revocationId: string, waitMs: number): Promise<RevocationSummary> {
    const read = () => this.unitOfWork.run(tenant, (tx) => this.store.get(tx, revocationId));
    if (!(await read())) return { revocationId, state: 'pending_approval', ended: 0, alreadyEnded: 0, outcome: null };
    const settled = waitMs > 0 ? await until(async () => settledOf(await read()), waitMs) : undefined;
    return summaryOf((settled ?? (await read()))!);
  }

  /** Throws `revocation_not_found`, also while it waits for a second person: there is no chain yet. */
  async chain(
    tenant: string,
    revocationId: string,
    cursor: string | undefined,
    waitMs: number,
  ): Promise<RevocationChain> {
    if (waitMs > 0) {
      await until(
        () => this.unitOfWork.run(tenant, async (tx) => settledOf(await this.store.get(tx, revocationId))),
        waitMs,
      );
    }
    return this.unitOfWork.run(tenant, (tx) => this.read(tx, revocationId, cursor));
  }

  private async read(tx: Tx, revocationId: string, cursor: string | undefined): Promise<RevocationChain> {
    const revocation = await this.store.get(tx, revocationId);
    if (!revocation) throw new Problem('revocation_not_found');
    const after = decodeCursor(cursor, 'uuid');
    const { items, nextCursor } = page(
      await this.covered.sessions(tx, revocationId, after, PAGE + 1),
      PAGE,
      ({ sessionId }) => sessionId,
    );
    const deliveries = await this.deliveries.ofSessions(
      tx,
      items.map(({ sessionId }) => sessionId),
    );
    return {
      ...summaryOf(revocation),
      target: revocation.target,
      standing: revocation.standing,
      reason: revocation.reason,
      bar: revocation.bar,
      requestedBy: revocation.actor,
      correlationId: revocation.correlationId,
      deadlineAt: revocation.deadlineAt,
      signalId: revocation.signalId,
      signal: revocation.signal,
      timeline: {
        requestedAt: revocation.requestedAt,
        inForceAt: revocation.notBefore,
        resolvedAt: revocation.resolvedAt,
        settledAt: revocation.settledAt,
      },
      sessions: items.map((session) => ({
        id: session.sessionId,
        sid: session.sid,
        clientId: session.clientId,
        subject: session.subjectId,
        device: session.deviceId,
        endedAt: session.endedAt,
        cause: session.cause,
        alreadyEnded: session.revocationId !== revocationId,
        delivery: deliveries.get(session.sessionId) ?? null,
      })),
      nextCursor,
    };
  }
}

const settledOf = (revocation: Revocation | undefined): Revocation | undefined =>
  revocation?.state === 'settled' ? revocation : undefined;

export const summaryOf = (revocation: Revocation): RevocationSummary => ({
  revocationId: revocation.revocationId,
  state: revocation.state,
  ended: revocation.ended,
  alreadyEnded: revocation.alreadyEnded,
  outcome: revocation.outcome,
});
