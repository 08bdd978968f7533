import { Problem, type ProblemCode } from '@curfew/contracts';
import { exclusive, UnitOfWork, type AdvisoryLock, type Tx } from '@curfew/messaging';
import {
  derivedSecret,
  InjectConfig,
  isUuid,
  once,
  type IdempotentRequest,
  type Principal,
  type RunningConfig,
} from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ApplicationStore } from '../application/application.store.js';
import type { Target } from '../barrier/barrier.js';
import { SessionStore } from '../session/session.store.js';
import { SubjectStore } from '../subject/subject.store.js';
import { BlastRadiusStore, type BlastRadius } from './blast-radius.store.js';
import { EndInBatches } from './end-in-batches.js';
import { assertWithinPlan, sealPlan } from './plan-token.js';
import { isBarrable } from './revocation.js';
import { StartRevocation } from './start-revocation.js';

export interface RevocationRequest {
  readonly target: Target;
  readonly reason: string;
  readonly bar: boolean;
  readonly deadlineSeconds?: number;
  readonly planToken?: string;
}

const DEADLINE_SECONDS = 60;
const PLAN_MS = 15 * 60_000;

/** A kill somebody asks for: when this returns its barrier is on disk and every check answers by it. */
@Injectable()
export class RequestRevocation {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly startRevocation: StartRevocation,
    private readonly endInBatches: EndInBatches,
    private readonly blastRadius: BlastRadiusStore,
    private readonly subjects: SubjectStore,
    private readonly applications: ApplicationStore,
    private readonly sessions: SessionStore,
    @InjectConfig() private readonly config: RunningConfig,
  ) {}

  /** Throws `…_not_found` for a target that is not there, `target_not_barrable`, `plan_invalid`, `plan_outdated`. */
  async execute(
    caller: Pick<Principal, 'tenant' | 'actor'>,
    request: RevocationRequest,
    idempotent?: IdempotentRequest,
  ): Promise<{ revocationId: string }> {
    const { tenant, actor } = caller;
    const { target } = request;
    if (request.bar && !isBarrable(target)) throw new Problem('target_not_barrable');
    const locks = await this.locksOf(tenant, target);
    const started = await this.unitOfWork.run(
      tenant,
      (tx) =>
        once(tx, idempotent, async () => {
          await this.assertThere(tx, target);
          if (target.kind === 'subject' && (await this.subjects.isProtected(tx, target.id)))
            throw new Problem('subject_protected');
          if (request.planToken !== undefined) await this.assertPlanned(tx, target, request.planToken);
          const revocationId = uuidv7();
          const now = new Date();
          await this.startRevocation.execute(tx, {
            revocationId,
            target,
            bar: request.bar,
            reason: request.reason,
            deadlineSeconds: request.deadlineSeconds ?? DEADLINE_SECONDS,
            requestedAt: now,
            originAt: now,
            cause: { actor, correlationId: revocationId },
            signalId: null,
            signal: null,
            source: null,
            upTo: null,
          });
          return { revocationId };
        }),
      locks,
    );
    this.endInBatches.wake();
    return started;
  }

  /** What `execute` would end, and a token that binds it to that. Writes nothing. */
  async dryRun(tenant: string, target: Target): Promise<BlastRadius & { planToken: string; expiresAt: string }> {
    const radius = await this.unitOfWork.run(tenant, async (tx) => {
      await this.assertThere(tx, target);
      return this.blastRadius.measure(tx, target);
    });
    const expiresAtMs = Date.now() + PLAN_MS;
    return {
      ...radius,
      planToken: sealPlan({ tenant, target, sessions: radius.sessions, expiresAtMs }, this.planSecret),
      expiresAt: new Date(expiresAtMs).toISOString(),
    };
  }

  private get planSecret(): string {
    return derivedSecret(this.config, 'plan tokens');
  }

  private async assertPlanned(tx: Tx, target: Target, planToken: string): Promise<void> {
    const sessions = await this.blastRadius.count(tx, target);
    assertWithinPlan(planToken, { tenant: tx.tenant, target, sessions, nowMs: Date.now() }, this.planSecret);
  }

  /** A target of many takes the tenant, for this one short transaction; a session is guarded by its subject. */
  private async locksOf(tenant: string, { kind, id }: Target): Promise<AdvisoryLock[]> {
    switch (kind) {
      case 'tenant':
      case 'application':
      case 'group':
        return [exclusive('tenant', tenant)];
      case 'device':
        return [exclusive('device', tenant, id)];
      case 'subject':
        return [exclusive('subject', tenant, id)];
      case 'session': {
        const session = await this.unitOfWork.run(tenant, (tx) => this.sessions.get(tx, id));
        if (!session) throw new Problem('session_not_found');
        return [exclusive('subject', tenant, session.subjectId)];
      }
    }
  }

  private async assertThere(tx: Tx, { kind, id }: Target): Promise<void> {
    const missing: ProblemCode | undefined = await this.missing(tx, kind, id);
    if (missing) throw new Problem(missing);
  }

  private async missing(tx: Tx, kind: Target['kind'], id: string): Promise<ProblemCode | undefined> {
    switch (kind) {
      case 'tenant':
        return id === tx.tenant ? undefined : 'tenant_not_found';
      case 'application':
        return (await this.applications.exists(tx, id)) ? undefined : 'application_not_found';
      case 'group':
        return (await this.subjects.groupExists(tx, id)) ? undefined : 'group_not_found';
      case 'subject':
        return (await this.subjects.get(tx, id)) ? undefined : 'subject_not_found';
      case 'session':
        return isUuid(id) && (await this.sessions.get(tx, id)) ? undefined : 'session_not_found';
      case 'device':
        return undefined; // one nobody has seen yet can be quarantined too
    }
  }
}
