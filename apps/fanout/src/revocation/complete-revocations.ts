import { RevocationCompletedV1 } from '@curfew/contracts';
import { UnitOfWork, type Tx } from '@curfew/messaging';
import { InjectLogger, Metrics, type Logger } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { ProgressStore } from './progress.store.js';

/** The first deliveries are under way by then; nobody waits for this. */
const SOON_MS = 20;

/** Says of a revocation that it is settled, once. */
@Injectable()
export class CompleteRevocations implements BeforeApplicationShutdown {
  private readonly duration;
  private readonly due = new Map<string, Set<string>>();
  private running: Promise<void> | undefined;

  constructor(
    private readonly store: ProgressStore,
    private readonly unitOfWork: UnitOfWork,
    @InjectLogger() private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.duration = metrics.histogram(
      'curfew_revocation_seconds',
      'From the signal or request to the last application having answered',
      ['tenant'],
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.running;
  }

  /** In a transaction of its own a little later: what is lost with this process is found as stale. */
  soon(tenant: string, revocationIds: readonly string[]): void {
    const due = this.due.get(tenant) ?? new Set();
    for (const revocationId of revocationIds) due.add(revocationId);
    this.due.set(tenant, due);
    this.running ??= this.run().finally(() => (this.running = undefined));
  }

  private async run(): Promise<void> {
    while (this.due.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, SOON_MS));
      const due = [...this.due];
      this.due.clear();
      for (const [tenant, revocationIds] of due) {
        await this.unitOfWork
          .run(tenant, (tx) => this.execute(tx, [...revocationIds]))
          .catch((error: unknown) => this.log.warn({ err: error }, 'completion was not judged yet'));
      }
    }
  }

  async execute(tx: Tx, revocationIds: readonly string[]): Promise<void> {
    for (const done of await this.store.complete(tx, revocationIds)) {
      const { revocationId, signalId, subject, actor, correlationId, originAt, covered, ended, completedAt } = done;
      const { accepted, confirmed, rejected, breached, abandoned } = done;
      tx.publish(RevocationCompletedV1, {
        subject,
        cause: { actor, correlationId },
        data: {
          revocationId,
          signalId,
          ended,
          alreadyEnded: covered,
          accepted,
          confirmed,
          rejected,
          breached,
          abandoned,
          completedAt: completedAt.toISOString(),
        },
      });
      if (originAt)
        tx.afterCommit(() =>
          this.duration.observe({ tenant: tx.tenant }, (completedAt.getTime() - originAt.getTime()) / 1000),
        );
    }
  }
}
