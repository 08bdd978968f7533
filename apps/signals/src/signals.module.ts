import type { ServiceDefinition } from '@curfew/runtime';
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
import { FollowSignals } from './signal/follow-signals.js';
import { ReceiveSignal } from './signal/receive-signal.js';
import { ReplaySignal } from './signal/replay-signal.js';
import { RescindSignal } from './signal/rescind-signal.js';
import { SignalController } from './signal/signal.controller.js';
import { SignalStore } from './signal/signal.store.js';
import { RegisterSource } from './source/register-source.js';
import { SourceController } from './source/source.controller.js';
import { SourceStore } from './source/source.store.js';
import { SignalsConsumer } from './signals.consumer.js';

@Module({
  controllers: [
    SignalsConsumer,
    SignalController,
    MappingController,
    SourceController,
    HookController,
    GuardController,
    HoldController,
    ScimUsersController,
    ScimGroupsController,
    ScimController,
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
    RegisterSource,
    ReceiveWebhook,
    GuardStore,
    GuardSource,
    DecideHold,
    ReleaseHeld,
    ScimStore,
    TellDirectory,
    FindResources,
    ProvisionUsers,
    ProvisionGroups,
    Bulk,
  ],
})
export class SignalsModule {}

export const signals: ServiceDefinition = {
  name: 'signals',
  module: SignalsModule,
  migrations: [Init1764000000000, Sources1764200000000, Scim1764300000000, Payloads1764400000000, Guards1764500000000],
  entities: [],
  paths: ['/v1/signals', '/v1/sources', '/v1/hooks', '/v1/guards', '/v1/holds', '/scim/v2'],
  // It only follows what comes of its signals; who ends sessions goes first.
  eventLingerMs: 25,
};
