import {
  ApplicationRemovalAskedV1,
  ApplicationStateV1,
  DeliveryAbandonedV1,
  DeliveryAcceptedV1,
  DeliveryAttemptedV1,
  DeliveryBreachedV1,
  DeliveryConfirmedV1,
  DeliveryDisputedV1,
  DeliveryRejectedV1,
  DeliveryRequeuedV1,
  DirectoryPersonChangedV1,
  DutyEndedV1,
  DutyStartedV1,
  OverrideStateV1,
  OverrideUpdatedV1,
  PolicyStateV1,
  PolicyUpdatedV1,
  ReinstatementRequestedV1,
  RevocationCompletedV1,
  RevocationRequestedV1,
  SignalRescindedV1,
  SignalScheduledV1,
} from '@curfew/contracts';
import { OnEvent, OnEvents, OnEventTogether, type Tx } from '@curfew/messaging';
import { Controller } from '@nestjs/common';
import { ApplicationStore } from './application/application.store.js';
import { RemoveApplication } from './application/remove-application.js';
import { FollowDeliveries } from './delivery/follow-deliveries.js';
import { TakeInPerson } from './directory/take-in-person.js';
import { ApplyPolicy } from './policy/apply-policy.js';
import { ShiftBoundaryStore } from './shift/shift-boundary.store.js';
import { ApplySignal } from './signal/apply-signal.js';

/** Every event the registry takes in, and the use case it leads to. */
@Controller()
export class RegistryConsumer {
  constructor(
    private readonly applySignal: ApplySignal,
    private readonly applyPolicy: ApplyPolicy,
    private readonly applications: ApplicationStore,
    private readonly removeApplication: RemoveApplication,
    private readonly deliveries: FollowDeliveries,
    private readonly takeInPerson: TakeInPerson,
    private readonly shiftBoundaries: ShiftBoundaryStore,
  ) {}

  // from policy: what a signal means
  @OnEventTogether(RevocationRequestedV1)
  revocationRequested(event: RevocationRequestedV1, tx: Tx): Promise<void> {
    return this.applySignal.execute(event, tx);
  }

  @OnEvent(ReinstatementRequestedV1)
  reinstatementRequested(event: ReinstatementRequestedV1, tx: Tx): Promise<void> {
    return this.applySignal.execute(event, tx);
  }

  @OnEvents(PolicyStateV1)
  policyState(events: readonly PolicyStateV1[], tx: Tx): Promise<void> {
    return this.applyPolicy.state(events, tx);
  }

  @OnEvents(OverrideStateV1)
  overrideState(events: readonly OverrideStateV1[], tx: Tx): Promise<void> {
    return this.applyPolicy.state(events, tx);
  }

  @OnEvent(PolicyUpdatedV1)
  policyUpdated(event: PolicyUpdatedV1, tx: Tx): Promise<void> {
    return this.applyPolicy.saved(event, tx);
  }

  @OnEvent(OverrideUpdatedV1)
  overrideUpdated(event: OverrideUpdatedV1, tx: Tx): Promise<void> {
    return this.applyPolicy.saved(event, tx);
  }

  // from signals: what counts in a source's order before it acts, and what was taken back
  @OnEvent(SignalScheduledV1)
  async signalScheduled(event: SignalScheduledV1, tx: Tx): Promise<void> {
    if (event.data.subject) await this.applySignal.execute(event, tx);
  }

  @OnEvent(SignalRescindedV1)
  signalRescinded(event: SignalRescindedV1, tx: Tx): Promise<void> {
    return this.applySignal.rescind(event, tx);
  }

  // from signals too: whom a directory knows, and in which groups
  @OnEvent(DirectoryPersonChangedV1)
  directoryPersonChanged(event: DirectoryPersonChangedV1, tx: Tx): Promise<void> {
    return this.takeInPerson.execute(event, tx);
  }

  // from signals as well: the boundaries no session may have crossed
  @OnEvents(DutyStartedV1)
  dutyStarted(events: readonly DutyStartedV1[], tx: Tx): Promise<void> {
    const boundaries = events.map(({ data }) => ({ ...data, at: data.startsAt, upTo: data.freshFrom }));
    return this.shiftBoundaries.put(tx, 'start', boundaries);
  }

  @OnEvents(DutyEndedV1)
  dutyEnded(events: readonly DutyEndedV1[], tx: Tx): Promise<void> {
    const over = events.filter(({ data }) => data.continuedAs === undefined);
    const boundaries = over.map(({ data }) => ({ ...data, at: data.endsAt, upTo: data.endsAt }));
    return this.shiftBoundaries.put(tx, 'end', boundaries);
  }

  // from fanout: the applications there are, and what they answered
  @OnEvents(ApplicationStateV1)
  async applicationState(events: readonly ApplicationStateV1[], tx: Tx): Promise<void> {
    for (const { data } of events) await this.applications.put(tx, data);
  }

  @OnEvent(ApplicationRemovalAskedV1)
  applicationRemovalAsked(event: ApplicationRemovalAskedV1, tx: Tx): Promise<void> {
    return this.removeApplication.execute(event, tx);
  }

  @OnEvents(DeliveryAttemptedV1)
  attempted(events: readonly DeliveryAttemptedV1[], tx: Tx): Promise<void> {
    return this.deliveries.execute(events, {}, false, tx);
  }

  @OnEvents(DeliveryAcceptedV1)
  accepted(events: readonly DeliveryAcceptedV1[], tx: Tx): Promise<void> {
    return this.deliveries.execute(events, { state: 'accepted' }, true, tx);
  }

  @OnEvents(DeliveryConfirmedV1)
  confirmed(events: readonly DeliveryConfirmedV1[], tx: Tx): Promise<void> {
    return this.deliveries.execute(events, { state: 'confirmed' }, true, tx);
  }

  @OnEvents(DeliveryDisputedV1)
  disputed(events: readonly DeliveryDisputedV1[], tx: Tx): Promise<void> {
    return this.deliveries.execute(events, { disputed: true }, false, tx);
  }

  @OnEvents(DeliveryBreachedV1)
  breached(events: readonly DeliveryBreachedV1[], tx: Tx): Promise<void> {
    return this.deliveries.execute(events, {}, true, tx);
  }

  @OnEvents(DeliveryRejectedV1)
  rejected(events: readonly DeliveryRejectedV1[], tx: Tx): Promise<void> {
    return this.deliveries.execute(events, { state: 'rejected' }, true, tx);
  }

  @OnEvents(DeliveryAbandonedV1)
  abandoned(events: readonly DeliveryAbandonedV1[], tx: Tx): Promise<void> {
    return this.deliveries.execute(events, { state: 'abandoned' }, true, tx);
  }

  @OnEvents(DeliveryRequeuedV1)
  requeued(events: readonly DeliveryRequeuedV1[], tx: Tx): Promise<void> {
    return this.deliveries.execute(events, { state: 'planned' }, false, tx);
  }

  @OnEvents(RevocationCompletedV1)
  async completed(events: readonly RevocationCompletedV1[], tx: Tx): Promise<void> {
    this.deliveries.completed(events, tx);
  }
}
