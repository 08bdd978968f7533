import {
  KnownKeysOfPersons1764820000000,
  CONFIG,
  LOGGER,
  type Logger,
  type RunningConfig,
  type ServiceDefinition,
} from '@curfew/runtime';
import { Module } from '@nestjs/common';
import { ApplicationStore } from './application/application.store.js';
import { ApprovalController } from './approval/approval.controller.js';
import { ApprovalRuleController } from './approval/approval-rule.controller.js';
import { ApprovalStore } from './approval/approval.store.js';
import { DecideApproval } from './approval/decide-approval.js';
import { ExpireApprovals } from './approval/expire-approvals.js';
import { RemoveApplication } from './application/remove-application.js';
import { BarrierStore } from './barrier/barrier.store.js';
import { LimitedBarrierStore } from './barrier/limited-barrier.store.js';
import { ForgetBarriers } from './barrier/forget-barriers.js';
import { RaiseBarriers } from './barrier/raise-barriers.js';
import { DeliveryStore } from './delivery/delivery.store.js';
import { FollowDeliveries } from './delivery/follow-deliveries.js';
import { DeviceController } from './device/device.controller.js';
import { DeviceStore } from './device/device.store.js';
import { DirectoryEntryStore } from './directory/directory-entry.store.js';
import { TakeInPerson } from './directory/take-in-person.js';
import { IndexKeeper } from './index/index-keeper.js';
import { SessionIndex } from './index/session-index.js';
import { MemorySessionIndex } from './index/session-index.memory.js';
import { RedisSessionIndex } from './index/session-index.redis.js';
import { Init1764000000000 } from './migrations/1764000000000-init.js';
import { AllSourceFacts1764100000000 } from './migrations/1764100000000-all-source-facts.js';
import { BarringAgain1764200000000 } from './migrations/1764200000000-barring-again.js';
import { ProtectedSubjects1764330000000 } from './migrations/1764330000000-protected-subjects.js';
import { DirectoryEntries1764310000000 } from './migrations/1764310000000-directory-entries.js';
import { LayeredPolicies1764320000000 } from './migrations/1764320000000-layered-policies.js';
import { SessionChanges1764700000000 } from './migrations/1764700000000-session-changes.js';
import { Approvals1765000000000 } from './migrations/1765000000000-approvals.js';
import { UntoldSessions1765300000000 } from './migrations/1765300000000-untold-sessions.js';
import { PolicyBatches1764800000000 } from './migrations/1764800000000-policy-batches.js';
import { ShiftBoundaries1764900000000 } from './migrations/1764900000000-shift-boundaries.js';
import { SubjectOwners1765100000000 } from './migrations/1765100000000-subject-owners.js';
import { KillsOfSomebody1765400000000 } from './migrations/1765400000000-kills-of-somebody.js';
import { ForgetNames1765200000000 } from './migrations/1765200000000-forget-names.js';
import { ApplyPolicy } from './policy/apply-policy.js';
import { FindEffectivePolicy } from './policy/effective-policy.js';

import { EnforceInBatches } from './policy/enforce-in-batches.js';
import { EnforcePolicy } from './policy/enforce-policy.js';
import { EnforcementStore } from './policy/enforcement.store.js';
import { JudgeSessions } from './policy/judge-sessions.js';
import { JudgeStore } from './policy/judge.store.js';
import { PolicyOnSessionsController } from './policy/policy-on-sessions.controller.js';
import { PreviewPolicy } from './policy/preview-policy.js';
import { PolicyLayerStore } from './policy/policy-layer.store.js';
import { RegistryConsumer } from './registry.consumer.js';
import { BlastRadiusStore } from './revocation/blast-radius.store.js';
import { CoveredStore } from './revocation/covered.store.js';
import { EndInBatches } from './revocation/end-in-batches.js';
import { FollowRevocation } from './revocation/follow-revocation.js';
import { Reinstate } from './revocation/reinstate.js';
import { RequestRevocation } from './revocation/request-revocation.js';
import { RevocationController } from './revocation/revocation.controller.js';
import { RevocationStore } from './revocation/revocation.store.js';
import { StartRevocation } from './revocation/start-revocation.js';
import { CheckSession } from './session/check-session.js';
import { CheckStore } from './session/check.store.js';
import { ExpireSessions } from './session/expire-sessions.js';
import { ExpiryStore } from './session/expiry.store.js';
import { FlushActivity } from './session/flush-activity.js';
import { IntrospectionController } from './session/introspection.controller.js';
import { OpenSession } from './session/open-session.js';
import { SessionController } from './session/session.controller.js';
import { SessionStore } from './session/session.store.js';
import { WatchController } from './session/watch.controller.js';
import { WatchStore } from './session/watch.store.js';
import { ShiftBoundaryController } from './shift/shift-boundary.controller.js';
import { ShiftBoundaryStore } from './shift/shift-boundary.store.js';
import { ApplySignal } from './signal/apply-signal.js';
import { ParkedEventStore } from './signal/parked-event.store.js';
import { SourceFactStore } from './signal/source-fact.store.js';
import { CreateUnlistedSubject } from './subject/create-unlisted-subject.js';
import { EndByGroupChange } from './subject/end-by-group-change.js';
import { OwnSubject } from './subject/own-subject.js';
import { OwnerStore } from './subject/owner.store.js';
import { ProtectSubject } from './subject/protect-subject.js';
import { PutSubject } from './subject/put-subject.js';
import { SubjectController } from './subject/subject.controller.js';
import { SubjectStore } from './subject/subject.store.js';

@Module({
  controllers: [
    RegistryConsumer,
    SubjectController,
    DeviceController,
    SessionController,
    WatchController,
    IntrospectionController,
    RevocationController,
    ApprovalController,
    ApprovalRuleController,
    PolicyOnSessionsController,
    ShiftBoundaryController,
  ],
  providers: [
    {
      provide: SessionIndex,
      useFactory: ({ redisUrl }: RunningConfig, log: Logger) =>
        redisUrl ? new RedisSessionIndex(redisUrl, log) : new MemorySessionIndex(),
      inject: [CONFIG, LOGGER],
    },
    IndexKeeper,
    BarrierStore,
    RaiseBarriers,
    ForgetBarriers,
    SubjectStore,
    PutSubject,
    ProtectSubject,
    OwnSubject,
    OwnerStore,
    CreateUnlistedSubject,
    EndByGroupChange,
    DirectoryEntryStore,
    TakeInPerson,
    DeviceStore,
    ApplicationStore,
    RemoveApplication,
    ApplyPolicy,
    PolicyLayerStore,
    JudgeStore,
    JudgeSessions,
    EnforcementStore,
    EnforcePolicy,
    EnforceInBatches,
    FindEffectivePolicy,
    PreviewPolicy,
    SessionStore,
    WatchStore,
    OpenSession,
    CheckStore,
    CheckSession,
    FlushActivity,
    ExpiryStore,
    ExpireSessions,
    RevocationStore,
    CoveredStore,
    BlastRadiusStore,
    LimitedBarrierStore,
    StartRevocation,
    RequestRevocation,
    ApprovalStore,
    DecideApproval,
    ExpireApprovals,
    EndInBatches,
    FollowRevocation,
    Reinstate,
    ApplySignal,
    ParkedEventStore,
    SourceFactStore,
    DeliveryStore,
    FollowDeliveries,
    ShiftBoundaryStore,
  ],
})
export class RegistryModule {}

export const registry: ServiceDefinition = {
  name: 'registry',
  module: RegistryModule,
  migrations: [
    Init1764000000000,
    AllSourceFacts1764100000000,
    BarringAgain1764200000000,
    DirectoryEntries1764310000000,
    LayeredPolicies1764320000000,
    ProtectedSubjects1764330000000,
    SessionChanges1764700000000,
    PolicyBatches1764800000000,
    ShiftBoundaries1764900000000,
    Approvals1765000000000,
    UntoldSessions1765300000000,
    KnownKeysOfPersons1764820000000,
    SubjectOwners1765100000000,
    ForgetNames1765200000000,
    KillsOfSomebody1765400000000,
  ],
  paths: [
    '/v1/subjects',
    '/v1/devices',
    '/v1/sessions',
    '/v1/watch',
    '/v1/revocations',
    '/v1/approvals',
    '/v1/approval-rule',
    '/v1/policies/effective',
    '/v1/policies/preview',
    '/v1/shifts/crossings',
    '/v1/shifts/boundaries',
    '/oauth2',
  ],
  // What it takes in batches, it follows; what ends sessions it takes one by one, and at once.
  eventLingerMs: 25,
};
