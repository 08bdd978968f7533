import { InjectLogger, startLoop, type Logger, type Loop } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { FailureStore } from './failure.store.js';

const EVERY_MS = 600_000;
const BATCH = 5_000;

/** Whoever guesses names leaves a row for each of them. */
@Injectable()
export class ForgetFailures implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;

  constructor(
    private readonly failures: FailureStore,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = startLoop('forgetting failed sign-ins', EVERY_MS, this.log, () => this.failures.sweep(BATCH));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }
}
