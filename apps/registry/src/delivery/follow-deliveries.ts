import type {
  DeliveryAbandonedV1,
  DeliveryAcceptedV1,
  DeliveryAttemptedV1,
  DeliveryBreachedV1,
  DeliveryConfirmedV1,
  DeliveryDisputedV1,
  DeliveryRejectedV1,
  DeliveryRequeuedV1,
  RevocationCompletedV1,
} from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { RevocationStore } from '../revocation/revocation.store.js';
import { SessionStore } from '../session/session.store.js';
import { DeliveryStore, type DeliveryNews } from './delivery.store.js';

export type DeliveryEvent =
  | DeliveryAcceptedV1
  | DeliveryConfirmedV1
  | DeliveryDisputedV1
  | DeliveryAttemptedV1
  | DeliveryBreachedV1
  | DeliveryRejectedV1
  | DeliveryAbandonedV1
  | DeliveryRequeuedV1;

/** Follows fanout: what each application answered, and when a revocation is settled. */
@Injectable()
export class FollowDeliveries {
  constructor(
    private readonly store: DeliveryStore,
    private readonly sessions: SessionStore,
    private readonly revocations: RevocationStore,
  ) {}

  /** `told`: final, or past its deadline; what covers its session need wait for it no longer. */
  async execute(events: readonly DeliveryEvent[], news: DeliveryNews, told: boolean, tx: Tx): Promise<void> {
    const facts = events.map(({ data }) => ({ facts: data, ...('why' in data ? { detail: data.why } : {}) }));
    this.store.follow(tx, news, facts);
    if (told) {
      const sessions = events.map(({ data }) => data);
      this.sessions.markTold(tx, sessions);
    }
  }

  completed(events: readonly RevocationCompletedV1[], tx: Tx): void {
    this.revocations.settle(
      tx,
      events.map(({ data: { revocationId, signalId: _signal, completedAt, ...outcome } }) => ({
        revocationId,
        outcome,
        at: new Date(completedAt),
      })),
    );
  }
}
