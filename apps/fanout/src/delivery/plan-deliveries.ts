import { randomUUID } from 'node:crypto';
import { DeliveryRejectedV1, type SessionRevokedV1 } from '@curfew/contracts';
import { crashPoint, groupBy, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Application } from '../application/application.js';
import { ApplicationStore } from '../application/application.store.js';
import { CompleteRevocations } from '../revocation/complete-revocations.js';
import { ProgressStore } from '../revocation/progress.store.js';
import { factsOf } from './delivery-facts.js';
import type { Delivery, LeasedDelivery } from './delivery.js';
import { DeliveryStore } from './delivery.store.js';
import { leaseMs } from './retry-schedule.js';
import { SendDeliveries } from './send-deliveries.js';

/**
 * A revoked session: one delivery to its application. Whoever plans holds the lease on what can be sent at once, and
 * sends it from memory when the plan is on disk; the rest, and whatever a crash leaves, is claimed when it is due.
 */
@Injectable()
export class PlanDeliveries {
  constructor(
    private readonly store: DeliveryStore,
    private readonly applications: ApplicationStore,
    private readonly progress: ProgressStore,
    private readonly completeRevocations: CompleteRevocations,
    private readonly sendDeliveries: SendDeliveries,
  ) {}

  async execute(events: readonly SessionRevokedV1[], tx: Tx): Promise<void> {
    const clientIds = [...new Set(events.map(({ data }) => data.clientId))];
    const applications = new Map(
      (await this.applications.ofTenant(tx, clientIds)).map((application) => [application.clientId, application]),
    );
    const room = new Map(clientIds.map((clientId) => [clientId, this.sendDeliveries.room(tx.tenant, clientId)]));
    const now = new Date();
    const planned = events.map((event) => plan(event, applications.get(event.data.clientId), room, now));
    const fresh = await this.store.insert(tx, planned);
    const inserted = planned.filter(({ deliveryId }) => fresh.has(deliveryId));
    this.countPlanned(tx, inserted);
    await this.rejectUnreachable(tx, inserted);
    crashPoint('S7', 'fanout');
    const leased = inserted.filter((delivery): delivery is LeasedDelivery => 'leaseToken' in delivery);
    tx.afterCommit(() => {
      crashPoint('S8', 'fanout');
      this.sendDeliveries.send(leased, applications);
    });
  }

  private countPlanned(tx: Tx, inserted: readonly Delivery[]): void {
    const byRevocation = groupBy(
      inserted.filter(({ revocationId }) => revocationId !== null),
      ({ revocationId }) => revocationId!,
    );
    if (byRevocation.size === 0) return;
    const counts = [...byRevocation].map(([revocationId, of]) => ({
      revocationId,
      planned: of.length,
      originAt: of[0]!.originAt,
    }));
    this.progress.planned(tx, counts);
  }

  private async rejectUnreachable(tx: Tx, inserted: readonly Delivery[]): Promise<void> {
    const rejected = inserted.filter(({ state }) => state === 'rejected');
    if (rejected.length === 0) return;
    for (const delivery of rejected) {
      tx.publish(DeliveryRejectedV1, {
        subject: delivery.subjectId,
        cause: delivery,
        bulk: delivery.bulk,
        data: { ...factsOf(delivery, null), why: 'no_endpoint' },
      });
    }
    const own = [...new Set(rejected.flatMap(({ revocationId }) => (revocationId === null ? [] : [revocationId])))];
    const concerned = await this.progress.concerned(
      tx,
      rejected.map(({ sessionId }) => sessionId),
      own,
    );
    await this.completeRevocations.execute(tx, concerned);
  }
}

function plan(
  event: SessionRevokedV1,
  application: Application | undefined,
  room: Map<string, number>,
  now: Date,
): Delivery | LeasedDelivery {
  const { data } = event;
  const delivery: Delivery = {
    tenant: event.tenant,
    deliveryId: uuidv7(),
    sessionId: data.sessionId,
    sid: data.sid,
    clientId: data.clientId,
    subjectId: data.subjectId,
    revocationId: data.revocationId,
    cause: data.cause,
    actor: event.actor,
    correlationId: event.correlationid,
    causationId: event.id,
    // On whichever lane it came, its own events go on.
    bulk: data.bulk,
    originAt: new Date(data.originAt),
    plannedAt: now,
    requeuedAt: null,
    deadlineAt: new Date(data.deadlineAt),
    state: application?.backchannelLogoutUri == null ? 'rejected' : 'planned',
    dueAt: now,
    attempts: 0,
    rejections: 0,
    firstRejectedAt: null,
    repeatAt: repeatOf(event, now),
    breachedAt: null,
  };
  const left = room.get(data.clientId) ?? 0;
  if (delivery.state !== 'planned' || left <= 0) return delivery;
  room.set(data.clientId, left - 1);
  const leasedUntil = new Date(now.getTime() + leaseMs(now, delivery.deadlineAt));
  return { ...delivery, dueAt: leasedUntil, leasedUntil, attempts: 1, leaseToken: randomUUID(), attemptStartedAt: now };
}

/** A token that overtakes the application's sign-in call-back is answered 200 and ends nothing (design §5). */
const OVERTAKEN_WITHIN_MS = 5_000;
const REPEATED_AFTER_MS = 4_000;

function repeatOf({ data }: SessionRevokedV1, now: Date): Date | null {
  const young = data.openedByBroker && now.getTime() - Date.parse(data.openedAt) < OVERTAKEN_WITHIN_MS;
  return young ? new Date(now.getTime() + REPEATED_AFTER_MS) : null;
}
