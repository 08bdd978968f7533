import { randomBytes } from 'node:crypto';
import {
  Problem,
  SessionOpenedV1,
  SessionReauthenticatedV1,
  SessionRefusedV1,
  type ProblemCode,
} from '@curfew/contracts';
import { exclusive, shared, startedBy, UnitOfWork, type Cause, type Tx } from '@curfew/messaging';
import { once, until, type IdempotentRequest } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { RaiseBarriers } from '../barrier/raise-barriers.js';
import { SessionIndex } from '../index/session-index.js';
import { CreateUnlistedSubject } from '../subject/create-unlisted-subject.js';
import { decideOpen, reauthAtOf } from './decide-open.js';
import { publishRevoked } from './publish-revoked.js';
import { idleExpiresAt, type Session } from './session.js';
import { indexed, SessionStore, type OpenGround } from './session.store.js';

export interface OpenRequest {
  readonly tenant: string;
  readonly actor: string;
  readonly byBroker: boolean;
  readonly subjectId: string;
  readonly clientId: string;
  readonly device: { readonly id: string; readonly name?: string } | null;
  readonly signInId: string | null;
  readonly authenticatedAt: Date;
  readonly sid: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
}

export interface OpenedSession {
  readonly id: string;
  readonly sid: string;
  readonly expiresAt: string;
  readonly idleExpiresAt: string | null;
  readonly evicted: readonly string[];
  /** It was open already. */
  readonly repeated: boolean;
}

type Outcome =
  | { readonly opened: OpenedSession }
  | { readonly refused: ProblemCode }
  | { readonly missing: 'application' | 'subject' };

const MOST_AHEAD_MS = 60_000;
/** An application that was registered a moment ago may not have arrived here yet. */
const APPLICATION_WITHIN_MS = 1_000;

/**
 * Opens a session. Its locks come first, so that of an open and a revocation one sees what the other did: a session
 * that is opened under a lower epoch is ended by it, and one under a higher is judged by its barrier (design §4.2).
 */
@Injectable()
export class OpenSession {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SessionStore,
    private readonly index: SessionIndex,
    private readonly raiseBarriers: RaiseBarriers,
    private readonly createUnlistedSubject: CreateUnlistedSubject,
  ) {}

  /** Throws the refusals of `decideOpen`, `session_ended`, `sid_taken`, `application_not_found`, `authenticated_in_future`. */
  async execute(request: OpenRequest, idempotent?: IdempotentRequest): Promise<OpenedSession> {
    let outcome = await this.attempt(request, idempotent);
    if ('missing' in outcome && outcome.missing === 'application') {
      outcome =
        (await until(async () => {
          const again = await this.attempt(request, idempotent);
          return 'missing' in again && again.missing === 'application' ? undefined : again;
        }, APPLICATION_WITHIN_MS)) ?? outcome;
    }
    if ('missing' in outcome && outcome.missing === 'subject') {
      await this.createUnlistedSubject.execute(request);
      outcome = await this.attempt(request, idempotent);
    }
    if ('opened' in outcome) return outcome.opened;
    if ('refused' in outcome) throw new Problem(outcome.refused);
    throw new Problem(outcome.missing === 'application' ? 'application_not_found' : 'unavailable');
  }

  private attempt(request: OpenRequest, idempotent?: IdempotentRequest): Promise<Outcome> {
    const { tenant, subjectId, device } = request;
    return this.unitOfWork.run(
      tenant,
      async (tx) => {
        const ground = await this.store.readGround(tx, { ...request, deviceId: device?.id ?? null });
        if (!ground.application) return { missing: 'application' };
        if (!ground.subjectKnown) return { missing: 'subject' };
        return once(tx, idempotent, () => this.judge(tx, request, ground));
      },
      [
        shared('tenant', tenant),
        ...(device ? [shared('device', tenant, device.id)] : []),
        exclusive('subject', tenant, subjectId),
      ],
    );
  }

  private async judge(tx: Tx, request: OpenRequest, ground: OpenGround): Promise<Outcome> {
    if (request.authenticatedAt.getTime() > ground.now.getTime() + MOST_AHEAD_MS)
      throw new Problem('authenticated_in_future');
    const { existing } = ground;
    if (existing) return this.repeat(tx, request, ground, existing);
    const decision = decideOpen({
      ...ground,
      clientId: request.clientId,
      deviceId: request.device?.id ?? null,
      signInId: request.signInId,
      authenticatedAt: request.authenticatedAt,
    });
    return decision.kind === 'refuse'
      ? this.refuse(tx, request, ground, decision.code)
      : this.open(tx, request, ground, decision.evict);
  }

  private async repeat(
    tx: Tx,
    request: OpenRequest,
    ground: OpenGround,
    existing: NonNullable<OpenGround['existing']>,
  ): Promise<Outcome> {
    if (existing.subjectId !== request.subjectId) return { refused: 'sid_taken' };
    if (existing.ended) return { refused: 'session_ended' };
    const session = (await this.store.get(tx, existing.sessionId))!;
    if (request.authenticatedAt <= session.authenticatedAt) return { opened: viewOf(session, [], true) };
    return { opened: viewOf(await this.reauthenticate(tx, request, ground, session), [], true) };
  }

  /** The same session with a later authentication: its person has signed in again, and it goes on. */
  private async reauthenticate(tx: Tx, request: OpenRequest, ground: OpenGround, session: Session): Promise<Session> {
    const { authenticatedAt } = request;
    const again: Session = { ...session, authenticatedAt, reauthAt: reauthAtOf(authenticatedAt, ground.policy) };
    await this.store.reauthenticate(tx, again);
    tx.publish(SessionReauthenticatedV1, {
      subject: session.subjectId,
      cause: { actor: request.actor, correlationId: session.sessionId },
      data: {
        sessionId: session.sessionId,
        clientId: session.clientId,
        subjectId: session.subjectId,
        authenticatedAt: authenticatedAt.toISOString(),
        reauthenticateAt: again.reauthAt?.toISOString() ?? null,
      },
    });
    const target = { kind: 'session', id: session.sessionId } as const;
    await this.raiseBarriers.execute(tx, [
      { target, notBefore: new Date(0), endsBefore: 0n, rereadBefore: ground.epoch, revocationId: null },
    ]);
    return again;
  }

  private async open(tx: Tx, request: OpenRequest, ground: OpenGround, evict: readonly string[]): Promise<Outcome> {
    const session = newSession(request, ground);
    await this.store.insert(tx, session, request.device?.name ?? null);
    const cause: Cause = { actor: request.actor, correlationId: session.sessionId };
    if (evict.length > 0) await this.evict(tx, evict, session, ground, cause);
    tx.publish(SessionOpenedV1, {
      subject: session.subjectId,
      cause,
      data: {
        sessionId: session.sessionId,
        sid: session.sid,
        clientId: session.clientId,
        subjectId: session.subjectId,
        deviceId: session.deviceId,
        signInId: session.signInId,
        authenticatedAt: session.authenticatedAt.toISOString(),
        openedAt: session.openedAt.toISOString(),
        expiresAt: session.absoluteExpiresAt.toISOString(),
        idleExpiresAt: idleExpiresAt(session)?.toISOString() ?? null,
        epoch: session.epoch.toString(),
        ip: session.ip,
        userAgent: session.userAgent,
      },
    });
    tx.afterCommit(() => void this.index.put([indexed(request.tenant, session, ground.groups)]).catch(() => undefined));
    return { opened: viewOf(session, evict, false) };
  }

  /** The record of an eviction names the ended and the new session (CC-08). */
  private async evict(
    tx: Tx,
    sessionIds: readonly string[],
    successor: Session,
    ground: OpenGround,
    cause: Cause,
  ): Promise<void> {
    const ended = await this.store.endByIds(tx, sessionIds, {
      at: ground.now,
      cause: 'evicted',
      reason: 'a newer sign-in took its place',
      revocationId: null,
      successorSessionId: successor.sessionId,
    });
    const deadlineAt = after(ground.now, ground.application!.deadlineSeconds);
    publishRevoked(tx, ended, { cause, deadlineAt: () => deadlineAt, originAt: ground.now, epoch: ground.epoch });
    await this.raiseBarriers.execute(
      tx,
      ended.map(({ sessionId }) => ({
        target: { kind: 'session', id: sessionId },
        notBefore: new Date(0),
        endsBefore: ground.epoch,
        revocationId: null,
      })),
    );
  }

  /**
   * An application that named a `sid` may have let the person in already: the session is recorded as ended at birth
   * and told like any other (design §4.12).
   */
  private async refuse(tx: Tx, request: OpenRequest, ground: OpenGround, code: ProblemCode): Promise<Outcome> {
    const cause: Cause = startedBy(request.actor);
    if (request.sid !== null) {
      const session: Session = { ...newSession(request, ground), endedAt: ground.now, cause: 'refused', reason: code };
      await this.store.insert(tx, session, request.device?.name ?? null);
      const deadlineAt = after(ground.now, ground.application!.deadlineSeconds);
      publishRevoked(tx, [session], { cause, deadlineAt: () => deadlineAt, originAt: ground.now, epoch: ground.epoch });
    }
    tx.publish(SessionRefusedV1, {
      subject: request.subjectId,
      cause,
      data: {
        clientId: request.clientId,
        subjectId: request.subjectId,
        deviceId: request.device?.id ?? null,
        sid: request.sid,
        code,
      },
    });
    return { refused: code };
  }
}

function newSession(request: OpenRequest, { now, judgedAt, epoch, policy }: OpenGround): Session {
  return {
    sessionId: uuidv7(),
    clientId: request.clientId,
    sid: request.sid ?? randomBytes(24).toString('base64url'),
    subjectId: request.subjectId,
    deviceId: request.device?.id ?? null,
    signInId: request.signInId,
    authenticatedAt: request.authenticatedAt,
    judgedAt,
    openedAt: now,
    openedByBroker: request.byBroker,
    lastActivityAt: now,
    idleSeconds: policy.idleSeconds,
    absoluteExpiresAt: after(now, policy.absoluteSeconds),
    reauthAt: reauthAtOf(request.authenticatedAt, policy),
    epoch,
    ip: request.ip,
    userAgent: request.userAgent,
    endedAt: null,
    cause: null,
    reason: null,
    revocationId: null,
    successorSessionId: null,
  };
}

const after = (instant: Date, seconds: number): Date => new Date(instant.getTime() + seconds * 1000);

const viewOf = (session: Session, evicted: readonly string[], repeated: boolean): OpenedSession => ({
  id: session.sessionId,
  sid: session.sid,
  expiresAt: session.absoluteExpiresAt.toISOString(),
  idleExpiresAt: idleExpiresAt(session)?.toISOString() ?? null,
  evicted,
  repeated,
});
