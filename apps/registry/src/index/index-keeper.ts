import { exclusive, UnitOfWork, type Tx } from '@curfew/messaging';
import { InjectLogger, startLoop, Sweeper, type Logger, type Loop } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Barrier } from '../barrier/barrier.js';
import { BarrierStore } from '../barrier/barrier.store.js';
import { SessionIndex } from './session-index.js';

const EVERY_MS = 500;
const PAGE = 1_000;
/** Longer than any transaction may take: what is unsettled for this long has no transaction any more. */
const UNSETTLED_MS = 35_000;

/** Held shared by whoever raises a barrier, exclusively while the index is filled: none is committed half-way. */
export const INDEX_LOCK = 'index';

/**
 * Keeps the index believable: tells it the barriers it missed, fills it after a loss, takes back what a failed
 * transaction told it, and renews its marker while nothing is missing.
 */
@Injectable()
export class IndexKeeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;
  private filledOnce = false;
  private clockOffsetMs = 0;
  private lostAt = 0;

  constructor(
    private readonly index: SessionIndex,
    private readonly barriers: BarrierStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly sweeper: Sweeper,
    @InjectLogger() private readonly log: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.keep().catch((error: unknown) =>
      this.log.warn({ err: error }, 'the index is not filled yet; PostgreSQL answers'),
    );
    this.loop = startLoop('index keeper', EVERY_MS, this.log, () => this.keep());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
    await this.index.close();
  }

  /** The database's clock, in milliseconds: every deadline is compared by it. */
  now(): number {
    return Date.now() + this.clockOffsetMs;
  }

  /** The index lost what it knew of activity less than this long ago. */
  lostWithin(ms: number): boolean {
    return Date.now() - this.lostAt < ms;
  }

  private async keep(): Promise<void> {
    await this.readClock();
    try {
      await this.tellUnindexed();
      if (!(await this.index.renew())) await this.fill();
      await this.takeBackUnsettled();
    } catch (error) {
      this.log.debug({ err: error }, 'the index is out of reach; PostgreSQL answers');
    }
  }

  private async readClock(): Promise<void> {
    const asked = Date.now();
    const [row] = await this.sweeper.sql<{ now: Date }>('SELECT curfew_now() AS now');
    this.clockOffsetMs = row!.now.getTime() - (asked + Date.now()) / 2;
  }

  private async tellUnindexed(): Promise<void> {
    for (;;) {
      const missing = await this.barriers.unindexed(PAGE);
      if (missing.length === 0) return;
      await this.index.raise(missing);
      await this.barriers.markIndexed(missing);
      await this.index.settle(missing);
    }
  }

  private async fill(): Promise<void> {
    // Nobody can be between telling a barrier and committing it while this lock is taken: those before have
    // committed and are read below, those after tell an index that has already lost what it lost.
    await this.unitOfWork.run('default', () => Promise.resolve(), [exclusive(INDEX_LOCK, '')]);
    this.lostAt = this.filledOnce ? Date.now() : 0;
    let after: readonly [string, string, string] = ['', '', ''];
    let count = 0;
    for (;;) {
      const page: Barrier[] = await this.barriers.all(after, PAGE);
      if (page.length === 0) break;
      await this.index.raise(page);
      await this.index.settle(page);
      const last = page[page.length - 1]!;
      after = [last.tenant, last.kind, last.targetId];
      count += page.length;
    }
    await this.index.filled();
    this.filledOnce = true;
    this.log.info({ barriers: count }, 'index filled');
  }

  /**
   * A transaction that told the index and then failed: the barrier is made what PostgreSQL says. Under the lock, or one
   * that is raised between the look and the correction would be lost.
   */
  private async takeBackUnsettled(): Promise<void> {
    const unsettled = await this.index.unsettled(UNSETTLED_MS);
    if (unsettled.length === 0) return;
    const underLock = async (tx: Tx) => {
      await tx.sql('SELECT 1'); // answered when the lock is there
      for (const { tenant, target } of unsettled)
        await this.index.correct(tenant, target, await this.barriers.one(tenant, target));
    };
    await this.unitOfWork.run('default', underLock, [exclusive(INDEX_LOCK, '')]);
  }
}
