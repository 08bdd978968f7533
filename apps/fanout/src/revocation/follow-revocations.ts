import type { RevocationCoveredV1, RevocationResolvedV1 } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { CompleteRevocations } from './complete-revocations.js';
import { ProgressStore } from './progress.store.js';

/** What the registry says of a revocation: how many sessions it ended, and which others it covers. */
@Injectable()
export class FollowRevocations {
  constructor(
    private readonly store: ProgressStore,
    private readonly completeRevocations: CompleteRevocations,
  ) {}

  async resolved(events: readonly RevocationResolvedV1[], tx: Tx): Promise<void> {
    this.store.resolved(
      tx,
      events.map(({ data, subject, actor, correlationid }) => ({
        revocationId: data.revocationId,
        signalId: data.signalId,
        subject,
        actor,
        correlationId: correlationid,
        ended: data.ended,
        covered: data.alreadyEnded,
      })),
    );
    this.completeLater(events, tx);
  }

  async covered(events: readonly RevocationCoveredV1[], tx: Tx): Promise<void> {
    this.store.covers(
      tx,
      events.flatMap(({ data: { revocationId, sessionIds } }) =>
        sessionIds.map((sessionId) => ({ revocationId, sessionId })),
      ),
    );
    this.completeLater(events, tx);
  }

  /** What the same transaction plans is sent first. */
  private completeLater(events: readonly (RevocationResolvedV1 | RevocationCoveredV1)[], tx: Tx): void {
    const revocationIds = events.map(({ data }) => data.revocationId);
    tx.afterCommit(() => this.completeRevocations.soon(tx.tenant, revocationIds));
  }
}
