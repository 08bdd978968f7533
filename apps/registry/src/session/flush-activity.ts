import { groupBy, UnitOfWork } from '@curfew/messaging';
import { InjectLogger, startLoop, type Logger, type Loop } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { SessionIndex } from '../index/session-index.js';
import { CheckStore } from './check.store.js';

/** Activity is in PostgreSQL this much later at the latest. */
export const FLUSH_MS = 5_000;
const EVERY_MS = 2_000;
const BATCH = 1_000;

/** Write-behind of activity: checks touch the index, and PostgreSQL follows. */
@Injectable()
export class FlushActivity implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;

  constructor(
    private readonly index: SessionIndex,
    private readonly store: CheckStore,
    private readonly unitOfWork: UnitOfWork,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = startLoop('activity flush', EVERY_MS, this.log, () => this.flush());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
    await this.flush().catch(() => undefined);
  }

  private async flush(): Promise<boolean> {
    const touched = await this.index.takeTouched(BATCH).catch(() => []);
    try {
      for (const [tenant, activities] of groupBy(touched, (one) => one.tenant)) {
        await this.unitOfWork.run(tenant, (tx) => this.store.flush(tx, activities));
      }
    } catch (error) {
      await this.index.returnTouched(touched).catch(() => undefined);
      throw error;
    }
    return touched.length === BATCH;
  }
}
