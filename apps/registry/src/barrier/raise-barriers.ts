import { shared, type Gathered, type Tx } from '@curfew/messaging';
import { InjectLogger, type Logger } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { INDEX_LOCK } from '../index/index-keeper.js';
import { SessionIndex } from '../index/session-index.js';
import { BarrierStore, type Raise } from './barrier.store.js';

/**
 * Raises barriers in PostgreSQL and, before that commits, in the index: when the caller has its answer no check says
 * otherwise. An index that does not answer in time is told later, and is not believed until then.
 */
@Injectable()
export class RaiseBarriers {
  constructor(
    private readonly store: BarrierStore,
    private readonly index: SessionIndex,
    @InjectLogger() private readonly log: Logger,
  ) {}

  async execute(tx: Tx, raises: readonly Raise[]): Promise<void> {
    if (raises.length > 0) await tx.gather(this.raiseAll, raises);
  }

  private readonly raiseAll: Gathered<readonly Raise[], void> = async (tx, raises) => {
    tx.lock(shared(INDEX_LOCK, ''));
    const barriers = await this.store.raise(tx, raises.flat());
    try {
      await this.index.raise(barriers);
    } catch (error) {
      this.log.warn({ err: error, barriers: barriers.length }, 'barriers commit as not indexed');
      await this.store.markUnindexed(tx, barriers);
      return [];
    }
    tx.afterCommit(() => void this.index.settle(barriers).catch(() => undefined));
    return [];
  };
}
