import { CheckDestination, KnownKeysOfPersons1764820000000, type ServiceDefinition } from '@curfew/runtime';
import { Module } from '@nestjs/common';
import { DecideHold } from './guard/decide-hold.js';
import { GuardSource } from './guard/guard-source.js';
import { GuardController } from './guard/guard.controller.js';
import { GuardStore } from './guard/guard.store.js';
import { HoldController } from './guard/hold.controller.js';
import { ReleaseHeld } from './guard/release-held.js';
import { HookController } from './hook/hook.controller.js';
import { ReceiveWebhook } from './hook/receive-webhook.js';
import { HrInbox } from './inbound/hr-inbox.js';
import { MappingController } from './mapping/mapping.controller.js';
import { Mappings } from './mapping/mapping.js';
import { FileMappings } from './mapping/mappings.files.js';
import { Init1764000000000 } from './migrations/1764000000000-init.js';
import { Sources1764200000000 } from './migrations/1764200000000-sources.js';
import { Scim1764300000000 } from './migrations/1764300000000-scim.js';
import { Payloads1764400000000 } from './migrations/1764400000000-payloads.js';
import { Guards1764500000000 } from './migrations/1764500000000-guards.js';
import { Transmitters1764800000000 } from './migrations/1764800000000-transmitters.js';
import { Shifts1764900000000 } from './migrations/1764900000000-shifts.js';
import { PollsAndStreams1765000000000 } from './migrations/1765000000000-polls-and-streams.js';
import { SourceSigning1765200000000 } from './migrations/1765200000000-source-signing.js';
import { Errands1765300000000 } from './migrations/1765300000000-errands.js';
import { Scheduler } from './schedule/scheduler.js';
import { Bulk } from './scim/bulk.js';
import { FindResources } from './scim/find-resources.js';
import { ProvisionGroups } from './scim/provision-groups.js';
import { ProvisionUsers } from './scim/provision-users.js';
import { ScimGroupsController } from './scim/scim-groups.controller.js';
import { ScimUsersController } from './scim/scim-users.controller.js';
import { ScimController } from './scim/scim.controller.js';
import { ScimStore } from './scim/scim.store.js';
import { TellDirectory } from './scim/tell-directory.js';
import { PollTransmitters } from './security-event/poll-transmitters.js';
import { ReceiveSet } from './security-event/receive-set.js';
import { SecurityEventController } from './security-event/security-event.controller.js';
import { SecurityEventStore } from './security-event/security-event.store.js';
import { TakeInSet } from './security-event/take-in-set.js';
import { FollowSignals } from './signal/follow-signals.js';
import { ReceiveSignal } from './signal/receive-signal.js';
import { ReplaySignal } from './signal/replay-signal.js';
import { RescindSignal } from './signal/rescind-signal.js';
import { SignalController } from './signal/signal.controller.js';
import { SignalStore } from './signal/signal.store.js';
import { DutyController } from './shift/duty.controller.js';
import { DutyStore } from './shift/duty.store.js';
import { ExtendDuty } from './shift/extend-duty.js';
import { ImportCalendar } from './shift/import-calendar.js';
import { PlanDuties } from './shift/plan-duties.js';
import { SaveShift } from './shift/save-shift.js';
import { ShiftClock } from './shift/shift-clock.js';
import { ShiftController } from './shift/shift.controller.js';
import { ShiftStore } from './shift/shift.store.js';
import { AskSource } from './source/ask-source.js';
import { ErrandStore } from './source/errand.store.js';
import { RegisterSource } from './source/register-source.js';
import { RunErrands } from './source/run-errands.js';
import { SourceController } from './source/source.controller.js';
import { SourceStore } from './source/source.store.js';
import { SignalsConsumer } from './signals.consumer.js';
import { AccessTokens } from './transmitter/access-tokens.js';
import { Discover } from './transmitter/discover.js';
import { ManageStream } from './transmitter/manage-stream.js';
import { PollStore } from './transmitter/poll.store.js';
import { RegisterTransmitter } from './transmitter/register-transmitter.js';
import { StreamController } from './transmitter/stream.controller.js';
import { TransmitterKeys } from './transmitter/transmitter-keys.js';
import { HttpTransmitterClient } from './transmitter/transmitter.client.http.js';
import { TransmitterClient } from './transmitter/transmitter.client.js';
import { TransmitterController } from './transmitter/transmitter.controller.js';
import { TransmitterStore } from './transmitter/transmitter.store.js';

@Module({
  controllers: [
    SignalsConsumer,
    SignalController,
    MappingController,
    SourceController,
    HookController,
    GuardController,
    HoldController,
    ShiftController,
    DutyController,
    ScimUsersController,
    ScimGroupsController,
    ScimController,
    TransmitterController,
    StreamController,
    SecurityEventController,
  ],
  providers: [
    ReceiveSignal,
    RescindSignal,
    ReplaySignal,
    FollowSignals,
    SignalStore,
    Scheduler,
    HrInbox,
    { provide: Mappings, useFactory: () => new FileMappings() },
    SourceStore,
    ErrandStore,
    AskSource,
    RunErrands,
    RegisterSource,
    ReceiveWebhook,
    GuardStore,
    GuardSource,
    DecideHold,
    ReleaseHeld,
    ShiftStore,
    DutyStore,
    PlanDuties,
    SaveShift,
    ImportCalendar,
    ExtendDuty,
    ShiftClock,
    ScimStore,
    TellDirectory,
    FindResources,
    ProvisionUsers,
    ProvisionGroups,
    Bulk,
    CheckDestination,
    { provide: TransmitterClient, useClass: HttpTransmitterClient },
    TransmitterStore,
    TransmitterKeys,
    PollStore,
    AccessTokens,
    Discover,
    ManageStream,
    RegisterTransmitter,
    SecurityEventStore,
    TakeInSet,
    ReceiveSet,
    PollTransmitters,
  ],
})
export class SignalsModule {}

export const signals: ServiceDefinition = {
  name: 'signals',
  module: SignalsModule,
  migrations: [
    Init1764000000000,
    Sources1764200000000,
    Scim1764300000000,
    Payloads1764400000000,
    Guards1764500000000,
    Transmitters1764800000000,
    Shifts1764900000000,
    KnownKeysOfPersons1764820000000,
    PollsAndStreams1765000000000,
    SourceSigning1765200000000,
    Errands1765300000000,
  ],
  paths: [
    ...['/v1/signals', '/v1/sources', '/v1/hooks', '/v1/guards', '/v1/holds', '/scim/v2'],
    ...['/v1/transmitters', '/v1/security-events', '/v1/shifts', '/v1/duties'],
  ],
  // It only follows what comes of its signals; who ends sessions goes first.
  eventLingerMs: 25,
};
