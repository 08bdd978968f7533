import { AuditHeadsWitnessedV1, type AuditHeadsAskedV1, type AuditHeadSignedV1 } from '@curfew/contracts';
import { causedBy, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { AuditHeadStore } from './audit-head.store.js';

/**
 * Policy is the audit trail's witness: it keeps every signed head, so whoever cuts or rewrites the chain in audit's
 * own database is found out by a verification that asks here.
 */
@Injectable()
export class WitnessAuditHeads {
  constructor(private readonly store: AuditHeadStore) {}

  async keep(events: readonly AuditHeadSignedV1[], tx: Tx): Promise<void> {
    await this.store.keep(
      tx,
      events.map(({ data }) => data),
    );
  }

  async answer(events: readonly AuditHeadsAskedV1[], tx: Tx): Promise<void> {
    const heads = await this.store.kept(tx);
    for (const event of events) {
      const { verificationId } = event.data;
      tx.publish(AuditHeadsWitnessedV1, {
        subject: verificationId,
        cause: causedBy(event),
        data: { verificationId, heads },
      });
    }
  }
}
