import { crashPoint, UnitOfWork, type Tx } from '@curfew/messaging';
import { InjectLogger, startLoop, type Logger, type Loop } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { publishRevoked } from '../session/publish-revoked.js';
import { SessionStore } from '../session/session.store.js';
import { isBulk, type Revocation } from './revocation.js';
import { RevocationStore } from './revocation.store.js';
import { AT_ONCE, endingOf, StartRevocation } from './start-revocation.js';

const EVERY_MS = 250;
const SIDE_BY_SIDE = 4;

/**
 * Ends the sessions of large targets, a batch a transaction. Their barrier has stood since the request was answered,
 * so none of them passes a check meanwhile; a crash between two batches loses nothing.
 */
@Injectable()
export class EndInBatches implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: RevocationStore,
    private readonly sessions: SessionStore,
    private readonly startRevocation: StartRevocation,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = startLoop('bulk ending', EVERY_MS, this.log, () => this.work());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }

  wake(): void {
    this.loop?.wake();
  }

  /** One batch of each that is under way: none waits for the end of another. */
  private async work(): Promise<boolean> {
    const ending = await this.store.ending(SIDE_BY_SIDE);
    for (const { tenant, revocationId } of ending) {
      await this.unitOfWork.run(tenant, async (tx) => {
        const revocation = await this.store.claimEnding(tx, revocationId);
        if (revocation) await this.endBatch(tx, revocation);
      });
      crashPoint('S15', 'registry');
    }
    return ending.length > 0;
  }

  private async endBatch(tx: Tx, revocation: Revocation): Promise<void> {
    const { revocationId, target, epoch, notBefore, standing } = revocation;
    const cause = { actor: revocation.actor, correlationId: revocation.correlationId };
    const range = standing === 'superseded' ? { notBefore } : { before: epoch };
    const ended = await this.sessions.endCovered(tx, {
      target,
      range,
      ending: endingOf(revocation, notBefore),
      limit: AT_ONCE,
    });
    publishRevoked(tx, ended, {
      cause,
      deadlineAt: () => revocation.deadlineAt,
      originAt: revocation.originAt,
      epoch,
      bulk: isBulk(target),
    });
    this.store.countEnded(tx, revocationId, ended.length);
    if (ended.length === AT_ONCE) return;
    const covered = await this.sessions.untold(tx, { target, exceptRevocationId: revocationId, before: epoch });
    const total = await this.store.resolve(tx, revocationId, covered.length);
    this.startRevocation.publishResolved(tx, { ...revocation, ended: total }, covered, cause);
  }
}
