import { groupBy, UnitOfWork, type Tx } from '@curfew/messaging';
import { InjectLogger, startLoop, Sweeper, type Logger, type Loop } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { IndexKeeper } from '../index/index-keeper.js';
import { SessionIndex } from '../index/session-index.js';
import { CheckStore } from './check.store.js';
import { ExpiryStore, type DueSession } from './expiry.store.js';
import { FLUSH_MS } from './flush-activity.js';
import { publishRevoked } from './publish-revoked.js';

const EVERY_MS = 500;
const BATCH = 500;
/** A batch larger than this travels on the bulk lane: a whole shift may expire in one second. */
const FEW = 50;

/** Ends sessions at their deadline, whichever comes first, at the applications too, with the cause (LT-13). */
@Injectable()
export class ExpireSessions implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;

  constructor(
    private readonly store: ExpiryStore,
    private readonly checks: CheckStore,
    private readonly index: SessionIndex,
    private readonly keeper: IndexKeeper,
    private readonly unitOfWork: UnitOfWork,
    private readonly sweeper: Sweeper,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = startLoop('expiry', EVERY_MS, this.log, () => this.expireDue());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }

  private async expireDue(): Promise<boolean> {
    const graceMs = this.keeper.lostWithin(FLUSH_MS) ? FLUSH_MS : 0;
    const due = await this.store.due(this.sweeper, graceMs, BATCH);
    if (due.length === 0) return false;
    const activities = await this.index.expire(due, this.keeper.now()).catch(() => undefined);
    // An index that does not answer may know of activity that is not flushed yet: nobody who is at work is to be ended.
    const over = activities ? due : await this.store.due(this.sweeper, FLUSH_MS, BATCH);
    for (const [tenant, sessions] of groupBy(over, (session) => session.tenant)) {
      await this.unitOfWork.run(tenant, (tx) => this.expire(tx, sessions, activities ?? new Map()));
    }
    return due.length === BATCH;
  }

  private async expire(tx: Tx, due: readonly DueSession[], activities: ReadonlyMap<string, number>): Promise<void> {
    // Activity that is not flushed yet moves the deadline; what is still due after that ends.
    await this.checks.flush(
      tx,
      due.flatMap(({ sessionId }) =>
        activities.has(sessionId) ? [{ sessionId, lastActivityAtMs: activities.get(sessionId)! }] : [],
      ),
    );
    const { ended, deadlines, epoch } = await this.store.end(
      tx,
      due.map(({ sessionId }) => sessionId),
    );
    for (const session of ended) {
      publishRevoked(tx, [session], {
        cause: { actor: 'service:registry', correlationId: session.sessionId },
        deadlineAt: ({ clientId, endedAt }) => new Date(endedAt!.getTime() + (deadlines.get(clientId) ?? 60) * 1000),
        originAt: session.endedAt!,
        epoch,
        bulk: ended.length > FEW,
      });
    }
  }
}
