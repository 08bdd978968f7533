import {
  EventDeadLetteredV1,
  ReinstatementRequestedV1,
  RevocationCompletedV1,
  RevocationDeclinedV1,
  RevocationRequestedV1,
  RevocationResolvedV1,
  RevocationStartedV1,
  SignalParkedV1,
  SignalSettledV1,
} from '@curfew/contracts';
import { OnEvents, type Tx } from '@curfew/messaging';
import { Controller } from '@nestjs/common';
import { FollowSignals } from './signal/follow-signals.js';

/** Every event signals takes in: each tells how far one of its signals has come. */
@Controller()
export class SignalsConsumer {
  constructor(private readonly follow: FollowSignals) {}

  @OnEvents(RevocationRequestedV1)
  requested(events: readonly RevocationRequestedV1[], tx: Tx): Promise<void> {
    return this.follow.execute(events, 'requested', tx);
  }

  @OnEvents(RevocationDeclinedV1)
  declined(events: readonly RevocationDeclinedV1[], tx: Tx): Promise<void> {
    return this.follow.execute(events, 'declined', tx);
  }

  @OnEvents(ReinstatementRequestedV1)
  reinstatementRequested(events: readonly ReinstatementRequestedV1[], tx: Tx): Promise<void> {
    return this.follow.execute(events, 'requested', tx);
  }

  @OnEvents(SignalParkedV1)
  parked(events: readonly SignalParkedV1[], tx: Tx): Promise<void> {
    return this.follow.execute(events, 'unmatched', tx);
  }

  @OnEvents(RevocationStartedV1)
  started(events: readonly RevocationStartedV1[], tx: Tx): Promise<void> {
    return this.follow.execute(events, 'started', tx);
  }

  @OnEvents(RevocationResolvedV1)
  resolved(events: readonly RevocationResolvedV1[], tx: Tx): Promise<void> {
    return this.follow.execute(events, 'resolved', tx);
  }

  @OnEvents(RevocationCompletedV1)
  completed(events: readonly RevocationCompletedV1[], tx: Tx): Promise<void> {
    return this.follow.execute(events, 'completed', tx);
  }

  @OnEvents(SignalSettledV1)
  settled(events: readonly SignalSettledV1[], tx: Tx): Promise<void> {
    return this.follow.execute(events, 'settled', tx);
  }

  @OnEvents(EventDeadLetteredV1)
  deadLettered(events: readonly EventDeadLetteredV1[], tx: Tx): Promise<void> {
    return this.follow.deadLettered(events, tx);
  }
}
