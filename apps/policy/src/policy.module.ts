import type { ServiceDefinition } from '@curfew/runtime';
import { Module } from '@nestjs/common';
import { Init1764000000000 } from './migrations/1764000000000-init.js';
import { PolicyConsumer } from './policy.consumer.js';
import { EvaluateSignals } from './reaction/evaluate-signals.js';
import { ReactionController } from './reaction/reaction.controller.js';
import { ReactionStore } from './reaction/reaction.store.js';
import { SessionPolicyController } from './session-policy/session-policy.controller.js';
import { SessionPolicyStore } from './session-policy/session-policy.store.js';
import { ApiKeyController } from './tenant/api-key.controller.js';
import { ApiKeyStore } from './tenant/api-key.store.js';
import { Bootstrap } from './tenant/bootstrap.js';
import { IssueApiKey } from './tenant/issue-api-key.js';
import { TenantController } from './tenant/tenant.controller.js';
import { TenantStore } from './tenant/tenant.store.js';
import { AuditHeadStore } from './witness/audit-head.store.js';
import { WitnessAuditHeads } from './witness/witness-audit-heads.js';

@Module({
  controllers: [PolicyConsumer, TenantController, ApiKeyController, SessionPolicyController, ReactionController],
  providers: [
    EvaluateSignals,
    ReactionStore,
    SessionPolicyStore,
    IssueApiKey,
    ApiKeyStore,
    TenantStore,
    Bootstrap,
    WitnessAuditHeads,
    AuditHeadStore,
  ],
})
export class PolicyModule {}

export const policy: ServiceDefinition = {
  name: 'policy',
  module: PolicyModule,
  migrations: [Init1764000000000],
  entities: [],
  paths: ['/v1/tenants', '/v1/api-keys', '/v1/policies', '/v1/reactions'],
};
