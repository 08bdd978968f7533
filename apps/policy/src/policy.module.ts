import { CheckDestination, KnownKeysOfPersons1764820000000, News, type ServiceDefinition } from '@curfew/runtime';
import { Module } from '@nestjs/common';
import { Init1764000000000 } from './migrations/1764000000000-init.js';
import { SignInPolicies1764100000000 } from './migrations/1764100000000-sign-in-policies.js';
import { LayeredPolicies1764320000000 } from './migrations/1764320000000-layered-policies.js';
import { SignInProtection1764330000000 } from './migrations/1764330000000-sign-in-protection.js';
import { SignInHistory1764800000000 } from './migrations/1764800000000-sign-in-history.js';
import { PolicyConsumer } from './policy.consumer.js';
import { AdministratorController } from './administrator/administrator.controller.js';
import { AdministratorStore } from './administrator/administrator.store.js';
import { ConfigureSignIn } from './administrator/configure-sign-in.js';
import { ConsoleSessions } from './administrator/console-sessions.client.js';
import { HttpConsoleSessions } from './administrator/console-sessions.client.http.js';
import { EndSignIns } from './administrator/end-sign-ins.js';
import { IdentityProvider } from './administrator/identity-provider.client.js';
import { HttpIdentityProvider } from './administrator/identity-provider.client.http.js';
import { KeepSignedIn } from './administrator/keep-signed-in.js';
import { SignAdministratorIn } from './administrator/sign-administrator-in.js';
import { SignInSettingsController } from './administrator/sign-in-settings.controller.js';
import { SignInSettingsStore } from './administrator/sign-in-settings.store.js';
import { Administrators1764820000001 } from './migrations/1764820000001-administrators.js';
import { Directory } from './directory/directory.js';
import { ChangeProtection } from './protection/change-protection.js';
import { ApplyDocument } from './document/apply-document.js';
import { ApplySessionPolicies } from './document/apply-session-policies.js';
import { ApplySignIn } from './document/apply-sign-in.js';
import { PolicyDocumentController } from './document/policy-document.controller.js';
import { ReadDocument } from './document/read-document.js';
import { FailureStore } from './protection/failure.store.js';
import { ForgetFailures } from './protection/forget-failures.js';
import { ProtectionController } from './protection/protection.controller.js';
import { ProtectionStore } from './protection/protection.store.js';
import { EvaluateSignals } from './reaction/evaluate-signals.js';
import { ReactionController } from './reaction/reaction.controller.js';
import { ReactionStore } from './reaction/reaction.store.js';
import { AnswerSave } from './session-policy/answer-save.js';
import { EnforcementStore } from './session-policy/enforcement.store.js';
import { HistoryController } from './session-policy/history.controller.js';
import { OverrideController } from './session-policy/override.controller.js';
import { SavePolicy } from './session-policy/save-policy.js';
import { SessionPolicyController } from './session-policy/session-policy.controller.js';
import { SessionPolicyStore } from './session-policy/session-policy.store.js';
import { AssignmentController } from './sign-in/assignment.controller.js';
import { ChangeSignInPolicy } from './sign-in/change-sign-in-policy.js';
import { ChangeSignInProfile } from './sign-in/change-sign-in-profile.js';
import { EvaluateSignIn } from './sign-in/evaluate-sign-in.js';
import { FirstSignInPolicy } from './sign-in/first-sign-in-policy.js';
import { KnownNames } from './sign-in/known-names.js';
import { SaveSignInPolicy } from './sign-in/save-sign-in-policy.js';
import { SignInHistoryController } from './sign-in/sign-in-history.controller.js';
import { SignInHistoryStore } from './sign-in/sign-in-history.store.js';
import { SignInPolicyController } from './sign-in/sign-in-policy.controller.js';
import { SignInPolicyStore } from './sign-in/sign-in-policy.store.js';
import { SignInProfileController } from './sign-in/sign-in-profile.controller.js';
import { SignInProfileStore } from './sign-in/sign-in-profile.store.js';
import { SignInController } from './sign-in/sign-in.controller.js';
import { ApiKeyController } from './tenant/api-key.controller.js';
import { ApiKeyStore } from './tenant/api-key.store.js';
import { Bootstrap } from './tenant/bootstrap.js';
import { IssueApiKey } from './tenant/issue-api-key.js';
import { TenantController } from './tenant/tenant.controller.js';
import { TenantStore } from './tenant/tenant.store.js';
import { AuditHeadStore } from './witness/audit-head.store.js';
import { WitnessAuditHeads } from './witness/witness-audit-heads.js';

@Module({
  controllers: [
    PolicyConsumer,
    TenantController,
    ApiKeyController,
    SessionPolicyController,
    OverrideController,
    HistoryController,
    PolicyDocumentController,
    ReactionController,
    SignInHistoryController,
    AssignmentController,
    SignInPolicyController,
    SignInProfileController,
    SignInController,
    ProtectionController,
    SignInSettingsController,
    AdministratorController,
  ],
  providers: [
    Directory,
    EvaluateSignals,
    ReactionStore,
    SessionPolicyStore,
    ChangeSignInPolicy,
    ChangeSignInProfile,
    EvaluateSignIn,
    FirstSignInPolicy,
    SignInPolicyStore,
    SignInProfileStore,
    KnownNames,
    SaveSignInPolicy,
    SignInHistoryStore,
    ChangeProtection,
    ProtectionStore,
    FailureStore,
    ForgetFailures,
    EnforcementStore,
    News,
    SavePolicy,
    AnswerSave,
    ReadDocument,
    ApplySessionPolicies,
    ApplySignIn,
    ApplyDocument,
    IssueApiKey,
    ApiKeyStore,
    TenantStore,
    Bootstrap,
    { provide: IdentityProvider, useClass: HttpIdentityProvider },
    { provide: ConsoleSessions, useClass: HttpConsoleSessions },
    CheckDestination,
    ConfigureSignIn,
    SignAdministratorIn,
    KeepSignedIn,
    EndSignIns,
    SignInSettingsStore,
    AdministratorStore,
    WitnessAuditHeads,
    AuditHeadStore,
  ],
})
export class PolicyModule {}

export const policy: ServiceDefinition = {
  name: 'policy',
  module: PolicyModule,
  migrations: [
    Init1764000000000,
    SignInPolicies1764100000000,
    LayeredPolicies1764320000000,
    SignInProtection1764330000000,
    SignInHistory1764800000000,
    KnownKeysOfPersons1764820000000,
    Administrators1764820000001,
  ],
  paths: [
    '/v1/tenants',
    '/v1/api-keys',
    '/v1/policies',
    '/v1/reactions',
    '/v1/sign-in-policies',
    '/v1/sign-in-profiles',
    '/v1/sign-in-protection',
    '/v1/sign-in',
    '/v1/administrator-sign-in',
    '/v1/administrators',
  ],
};
