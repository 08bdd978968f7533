import { InjectLogger, startLoop, type Logger, type Loop } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { SessionIndex } from '../index/session-index.js';
import { BarrierStore } from './barrier.store.js';

const EVERY_MS = 3_600_000;
const BATCH = 1_000;
/** No browser keeps a cookie for longer (RFC 6265bis §5.5): by then nobody is signed in anywhere by what the name stood for. */
const NAMES_KEPT_DAYS = 400;

/**
 * A single session's barrier is of no use once the session would have expired by itself, and the index has forgotten it
 * as well: there is one for each session that was ended by name or evicted, and they would only grow in number. So is
 * one of a session as its identity provider calls it, long after.
 */
@Injectable()
export class ForgetBarriers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;

  constructor(
    private readonly store: BarrierStore,
    private readonly index: SessionIndex,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = startLoop('forgetting barriers', EVERY_MS, this.log, () => this.forget());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }

  /** The index first: what it still held after PostgreSQL has forgotten nobody would ever take away. True: there may be more. */
  async forget(): Promise<boolean> {
    const useless = await this.store.useless(BATCH);
    for (const { tenant, kind, targetId } of useless)
      await this.index.correct(tenant, { kind, id: targetId }, undefined);
    await this.store.remove(useless);
    const names = await this.store.forgetNames(NAMES_KEPT_DAYS, BATCH);
    return useless.length === BATCH || names === BATCH;
  }
}
