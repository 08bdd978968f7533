import { PolicyAppliedV1, type PolicyStateV1 } from '@curfew/contracts';
import { causedBy, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';

/** From this transaction on every new session is judged by the policy; says so. */
@Injectable()
export class ApplyPolicy {
  async execute(events: readonly PolicyStateV1[], tx: Tx): Promise<void> {
    for (const event of events) {
      const { version, policy } = event.data;
      await tx.sql(
        `INSERT INTO session_policies AS p (tenant, version, document) VALUES ($1, $2, $3)
         ON CONFLICT (tenant) DO UPDATE SET version = excluded.version, document = excluded.document WHERE p.version < excluded.version`,
        [tx.tenant, version, JSON.stringify(policy)],
      );
      tx.publish(PolicyAppliedV1, { subject: event.subject, cause: causedBy(event), data: { version } });
    }
  }
}
