import { UnitOfWork } from '@curfew/messaging';
import { InjectLogger, startLoop, type Logger, type Loop } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ApprovalStore } from './approval.store.js';
import { DecideApproval } from './decide-approval.js';

const EVERY_MS = 1_000;
const BATCH = 100;

/** Says of a kill that nobody approved in time that it came to nothing; nobody could approve it any more before that either. */
@Injectable()
export class ExpireApprovals implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: ApprovalStore,
    private readonly decideApproval: DecideApproval,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = startLoop('approvals', EVERY_MS, this.log, () => this.expire());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }

  private async expire(): Promise<boolean> {
    const overdue = await this.store.overdue(BATCH);
    for (const { tenant, revocationId } of overdue)
      await this.unitOfWork.run(tenant, (tx) => this.decideApproval.expire(tx, revocationId));
    return overdue.length === BATCH;
  }
}
