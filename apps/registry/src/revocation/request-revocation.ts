import {
  RevocationBreakGlassUsedV1,
  Problem,
  RevocationHeldV1,
  type ApprovalRule,
  type ProblemCode,
} from '@curfew/contracts';
import { exclusive, together, UnitOfWork, type AdvisoryLock, type Tx } from '@curfew/messaging';
import {
  derivedSecret,
  InjectConfig,
  InjectLogger,
  isUuid,
  once,
  type IdempotentRequest,
  type Logger,
  type Principal,
  type RunningConfig,
} from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ApplicationStore } from '../application/application.store.js';
import { isKillOfSomebody, isOn, takesTwo } from '../approval/approval.js';
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
  /** Without the second person. */
  readonly breakGlass?: boolean;
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
    @InjectLogger() private readonly log: Logger,
  ) {}

  /**
   * Where it takes a second person nothing is ended yet, and its id is that of an approval. Throws `…_not_found` for a
   * target that is not there, `target_not_barrable`, `subject_protected`, `plan_invalid`, `plan_outdated`, `forbidden`.
   */
  async execute(
    caller: Pick<Principal, 'tenant' | 'actor' | 'roles' | 'permissions'>,
    request: RevocationRequest,
    idempotent?: IdempotentRequest,
  ): Promise<{ revocationId: string }> {
    const { tenant, actor } = caller;
    const { target } = request;
    if (request.bar && !isBarrable(target)) throw new Problem('target_not_barrable');
    return this.run(tenant, target, (tx) =>
      once(tx, idempotent, async () => {
        const asked: BegunRevocation = { ...request, revocationId: uuidv7(), actor, requestedAt: new Date() };
        await this.assertMayEnd(tx, target);
        if (request.planToken !== undefined) await this.assertPlanned(tx, target, request.planToken);
        if (!(await this.hold(tx, asked, caller))) await this.begin(tx, asked);
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
    caller: Pick<Principal, 'roles' | 'permissions'>,
  ): Promise<boolean> {
    const { rule } = await this.approvals.rule(tx);
    if (!isOn(rule)) return false;
    const sessions = await this.blastRadius.count(tx, target);
    const counted = isKillOfSomebody(caller) ? await this.counted(tx, actor, rule) : 0;
    if (!takesTwo(rule, target, sessions + counted)) return false;
    const cause = { actor, correlationId: revocationId };
    if (asked.breakGlass) {
      if (!caller.permissions.has('revocations:approve'))
        throw new Problem('forbidden', 'It takes revocations:approve');
      tx.publish(RevocationBreakGlassUsedV1, {
        subject: target.id,
        cause,
        data: { revocationId, target, reason, sessions, counted },
      });
      tx.afterCommit(() =>
        this.log.error(
          { tenant: tx.tenant, actor, revocationId, target, sessions, reason },
          'the glass was broken: a large kill without a second person',
        ),
      );
      return false;
    }
    const deadlineSeconds = asked.deadlineSeconds ?? null;
    const held = { revocationId, target, bar, reason, deadlineSeconds, sessions, requestedBy: actor };
    const expiresAt = await this.approvals.insert(tx, held, rule.withinSeconds);
    tx.publish(RevocationHeldV1, {
      subject: target.id,
      cause,
      data: { revocationId, target, bar, reason, sessions, expiresAt: expiresAt.toISOString() },
    });
    return true;
  }

  /** What else of the same person counts. Their kills come one after the other from here on, or many at once would not see each other; taken after the target's locks, like nothing else. */
  private async counted(tx: Tx, actor: string, { aboveSessions, countedSeconds }: ApprovalRule): Promise<number> {
    if (aboveSessions === null || !countedSeconds) return 0;
    tx.lock(exclusive('kills of', tx.tenant, actor));
    const { ended, underWay } = await this.approvals.endedAlone(tx, actor, countedSeconds);
    const left = await together(underWay.map((target) => this.blastRadius.count(tx, target)));
    return left.reduce((sum, sessions) => sum + sessions, ended);
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
