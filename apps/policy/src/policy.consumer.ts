import {
  ApplicationStateV1,
  AuditHeadsAskedV1,
  AuditHeadSignedV1,
  PolicyAppliedV1,
  PolicyEnforcedV1,
  SignalReceivedV1,
  SubjectStateV1,
} from '@curfew/contracts';
import { OnEvents, type Tx } from '@curfew/messaging';
import { News } from '@curfew/runtime';
import { Controller } from '@nestjs/common';
import { Directory } from './directory/directory.js';
import { EvaluateSignals } from './reaction/evaluate-signals.js';
import { EnforcementStore } from './session-policy/enforcement.store.js';
import { SessionPolicyStore } from './session-policy/session-policy.store.js';
import { WitnessAuditHeads } from './witness/witness-audit-heads.js';

/** Every event policy takes in, and the use case it leads to. */
@Controller()
export class PolicyConsumer {
  constructor(
    private readonly evaluateSignals: EvaluateSignals,
    private readonly policies: SessionPolicyStore,
    private readonly directory: Directory,
    private readonly enforcements: EnforcementStore,
    private readonly witness: WitnessAuditHeads,
    private readonly news: News,
  ) {}

  @OnEvents(SignalReceivedV1)
  signalReceived(events: readonly SignalReceivedV1[], tx: Tx): Promise<void> {
    return this.evaluateSignals.execute(events, tx);
  }

  // from the registry: which policy it judges by, what it did to live sessions, and who there is
  @OnEvents(PolicyAppliedV1)
  async policyApplied(events: readonly PolicyAppliedV1[], tx: Tx): Promise<void> {
    for (const { data } of events) await this.policies.markApplied(tx, data.policy ?? 'default', data.version);
    tx.afterCommit(() => this.news.tell(tx.tenant));
  }

  @OnEvents(PolicyEnforcedV1)
  async policyEnforced(events: readonly PolicyEnforcedV1[], tx: Tx): Promise<void> {
    for (const { data } of events) await this.enforcements.finish(tx, data);
    tx.afterCommit(() => this.news.tell(tx.tenant));
  }

  @OnEvents(ApplicationStateV1)
  applicationState(events: readonly ApplicationStateV1[], tx: Tx): Promise<void> {
    return this.directory.keepApplications(events, tx);
  }

  @OnEvents(SubjectStateV1)
  subjectState(events: readonly SubjectStateV1[], tx: Tx): Promise<void> {
    return this.directory.keep(events, tx);
  }

  @OnEvents(AuditHeadSignedV1)
  auditHeadSigned(events: readonly AuditHeadSignedV1[], tx: Tx): Promise<void> {
    return this.witness.keep(events, tx);
  }

  @OnEvents(AuditHeadsAskedV1)
  auditHeadsAsked(events: readonly AuditHeadsAskedV1[], tx: Tx): Promise<void> {
    return this.witness.answer(events, tx);
  }
}
