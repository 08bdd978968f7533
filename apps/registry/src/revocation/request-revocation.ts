import { Problem, RevocationHeldV1, type ProblemCode } from '@curfew/contracts';
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
import { isOn, takesTwo } from '../approval/approval.js';
import { ApprovalStore } from '../approval/approval.store.js';
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

export interface BegunRevocation extends RevocationRequest {
  readonly revocationId: string;
  readonly actor: string;
  readonly requestedAt: Date;
}

const DEADLINE_SECONDS = 60;
const PLAN_MS = 15 * 60_000;

/** A kill somebody asks for: when this returns its barrier is on disk and every check answers by it, or it waits for a second person. */
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
    private readonly approvals: ApprovalStore,
    @InjectConfig() private readonly config: RunningConfig,
  ) {}

  /**
   * Where it takes a second person nothing is ended yet, and its id is that of an approval. Throws `…_not_found` for a
   * target that is not there, `target_not_barrable`, `subject_protected`, `plan_invalid`, `plan_outdated`.
   */
  async execute(
    { tenant, actor }: Pick<Principal, 'tenant' | 'actor'>,
    request: RevocationRequest,
    idempotent?: IdempotentRequest,
  ): Promise<{ revocationId: string }> {
    const { target } = request;
    if (request.bar && !isBarrable(target)) throw new Problem('target_not_barrable');
    return this.run(tenant, target, (tx) =>
      once(tx, idempotent, async () => {
        const asked: BegunRevocation = { ...request, revocationId: uuidv7(), actor, requestedAt: new Date() };
        await this.assertMayEnd(tx, target);
        if (request.planToken !== undefined) await this.assertPlanned(tx, target, request.planToken);
        if (!(await this.hold(tx, asked))) await this.begin(tx, asked);
        return { revocationId: asked.revocationId };
      }),
    );
  }

  /** Under the locks a kill of the target takes. */
  async run<T>(tenant: string, target: Target, work: (tx: Tx) => Promise<T>): Promise<T> {
    const done = await this.unitOfWork.run(tenant, work, await this.locksOf(tenant, target));
    this.endInBatches.wake();
    return done;
  }

  /** Throws what `execute` does; in `run`. */
  async begin(tx: Tx, { revocationId, actor, requestedAt, ...request }: BegunRevocation): Promise<void> {
    await this.assertMayEnd(tx, request.target);
    await this.startRevocation.execute(tx, {
      revocationId,
      target: request.target,
      bar: request.bar,
      reason: request.reason,
      deadlineSeconds: request.deadlineSeconds ?? DEADLINE_SECONDS,
      requestedAt,
      originAt: new Date(),
      cause: { actor, correlationId: revocationId },
      signalId: null,
      signal: null,
      source: null,
      upTo: null,
    });
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

  /** True: it waits for a second person. */
  private async hold(
    tx: Tx,
    { revocationId, actor, target, bar, reason, ...asked }: BegunRevocation,
  ): Promise<boolean> {
    const { rule } = await this.approvals.rule(tx);
    if (!isOn(rule)) return false;
    const sessions = await this.blastRadius.count(tx, target);
    if (!takesTwo(rule, target, sessions)) return false;
    const deadlineSeconds = asked.deadlineSeconds ?? null;
    const held = { revocationId, target, bar, reason, deadlineSeconds, sessions, requestedBy: actor };
    const expiresAt = await this.approvals.insert(tx, held, rule.withinSeconds);
    tx.publish(RevocationHeldV1, {
      subject: target.id,
      cause: { actor, correlationId: revocationId },
      data: { revocationId, target, bar, reason, sessions, expiresAt: expiresAt.toISOString() },
    });
    return true;
  }

  private async assertMayEnd(tx: Tx, target: Target): Promise<void> {
    await this.assertThere(tx, target);
    if (target.kind === 'subject' && (await this.subjects.isProtected(tx, target.id)))
      throw new Problem('subject_protected');
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
