import { AuditHeadsWitnessedV1, type CurfewEvent } from '@curfew/contracts';
import { OnEveryEvent, type Tx } from '@curfew/messaging';
import { Controller } from '@nestjs/common';
import { AppendEntries } from './chain/append-entries.js';
import { VerifyChain } from './verification/verify-chain.js';

/** Audit takes in every fact there is. */
@Controller()
export class AuditConsumer {
  constructor(
    private readonly appendEntries: AppendEntries,
    private readonly verifyChain: VerifyChain,
  ) {}

  @OnEveryEvent()
  async everyEvent(events: readonly CurfewEvent[], tx: Tx): Promise<void> {
    await this.appendEntries.execute(events, tx);
    const witnessed = events.filter(
      (event): event is AuditHeadsWitnessedV1 => event.type === AuditHeadsWitnessedV1.type,
    );
    if (witnessed.length > 0) await this.verifyChain.witnessed(witnessed, tx);
  }
}
