import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectLogger, type Logger } from '../logging.js';
import { startLoop, type Loop } from '../loop.js';
import { Sweeper } from './database.js';

const EVERY_MS = 3_600_000;
const BATCH = 5_000;

/**
 * What every schema has and may forget. An inbox row outlives every copy of its message: a topic keeps one for seven
 * days, and for as long again while its segment is not full. A request is repeated within minutes, or by hand next day.
 */
const KEPT = [
  { table: 'inbox', since: 'received_at', days: 30 },
  { table: 'idempotency_keys', since: 'created_at', days: 3 },
] as const;

@Injectable()
export class ForgetOldRows implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;

  constructor(
    private readonly sweeper: Sweeper,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = startLoop('forgetting old rows', EVERY_MS, this.log, () => this.forget());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }

  /** A batch of each; true when there may be more. */
  async forget(): Promise<boolean> {
    let more = false;
    for (const { table, since, days } of KEPT) {
      const gone = await this.sweeper.sql(
        `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
           SELECT ctid FROM ${table} WHERE ${since} < (SELECT clock_timestamp()) - make_interval(days => $1) LIMIT $2)) RETURNING 1`,
        [days, BATCH],
      );
      more ||= gone.length === BATCH;
    }
    return more;
  }
}
