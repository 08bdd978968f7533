import { Problem } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import {
  Allow,
  Caller,
  choiceOf,
  decodeCursor,
  Idempotency,
  page,
  PreferWait,
  type IdempotentRequest,
  type Principal,
} from '@curfew/runtime';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { FollowRevocation, type RevocationSummary } from '../revocation/follow-revocation.js';
import { RequestRevocation } from '../revocation/request-revocation.js';
import { CheckSession } from './check-session.js';
import { OpenSessionDto } from './session.dto.js';
import { OpenSession, type OpenedSession } from './open-session.js';
import { idleExpiresAt, type Session } from './session.js';
import { SessionStore } from './session.store.js';

const PAGE = 100;

type SessionActivity =
  | {
      readonly active: false;
      /** It goes on once its person has authenticated again and it was opened anew with its `sid`. */
      readonly reauthenticate: boolean;
    }
  | {
      readonly active: true;
      readonly expiresAt: string;
      readonly idleExpiresAt: string | null;
      readonly reauthenticateAt: string | null;
    };

@ApiTags('sessions')
@ApiBearerAuth()
@Controller('/v1/sessions')
export class SessionController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SessionStore,
    private readonly openSession: OpenSession,
    private readonly checkSession: CheckSession,
    private readonly requestRevocation: RequestRevocation,
    private readonly follow: FollowRevocation,
  ) {}

  /**
   * Opens a session. Repeated with the same `sid` it answers the same one; with a later `authenticatedAt` its person has
   * authenticated again, and one that waited for that goes on.
   */
  @Post()
  @Allow('sessions:open')
  @ApiOkResponse({ description: 'The session that was opened before under this `sid`' })
  async open(
    @Caller() caller: Principal,
    @Body() body: OpenSessionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<Omit<OpenedSession, 'repeated'>> {
    if (caller.clientId !== null && caller.clientId !== body.clientId)
      throw new Problem('forbidden', 'An application opens its own sessions only');
    const { repeated, ...opened } = await this.openSession.execute(
      {
        tenant: caller.tenant,
        actor: caller.actor,
        byBroker: caller.roles.includes('broker'),
        subjectId: body.subject,
        clientId: body.clientId,
        device: body.device ?? null,
        signInId: body.signInId ?? null,
        authenticatedAt: new Date(body.authenticatedAt),
        sid: body.sid ?? null,
        ip: body.ip ?? null,
        userAgent: body.userAgent ?? null,
      },
      request,
    );
    if (repeated) void reply.status(200);
    return opened;
  }

  /** Says that the person did something, and asks whether the session goes on. */
  @Post(':sessionId/activity')
  @HttpCode(200)
  @Allow('sessions:use')
  async activity(@Caller() caller: Principal, @Param('sessionId') sessionId: string): Promise<SessionActivity> {
    const checked = await this.checkSession.execute({ tenant: caller.tenant, sessionId }, true);
    const clientId = checked.active ? checked.session.clientId : checked.clientId;
    if (clientId === undefined || (caller.clientId !== null && caller.clientId !== clientId))
      throw new Problem('session_not_found');
    if (!checked.active) return { active: false, reauthenticate: checked.reauthenticate };
    const { absoluteExpiresAtMs, idleSeconds, lastActivityAtMs, reauthAtMs } = checked.session;
    return {
      active: true,
      expiresAt: new Date(absoluteExpiresAtMs).toISOString(),
      idleExpiresAt: idleSeconds === null ? null : new Date(lastActivityAtMs + idleSeconds * 1000).toISOString(),
      reauthenticateAt: reauthAtMs === null ? null : new Date(reauthAtMs).toISOString(),
    };
  }

  /** Sessions, newest first, the ended ones among them. */
  @Get()
  @Allow('sessions:read')
  @ApiQuery({ name: 'subject', required: false })
  @ApiQuery({ name: 'device', required: false })
  @ApiQuery({ name: 'clientId', required: false })
  @ApiQuery({ name: 'status', required: false, enum: ['live', 'ended'] })
  @ApiQuery({
    ...{ name: 'orphaned', required: false, enum: ['true'] },
    description: 'Those that live though their person or device may not sign in; there are to be none',
  })
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() caller: Principal,
    @Query('subject') subject?: string,
    @Query('device') device?: string,
    @Query('clientId') clientId?: string,
    @Query('status') status?: string,
    @Query('orphaned') orphaned?: string,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: ReturnType<typeof viewOf>[]; nextCursor: string | null }> {
    const standing = choiceOf('status', status, ['live', 'ended']);
    const before = decodeCursor(cursor, 'uuid');
    const filter = {
      ...(subject === undefined ? {} : { subject }),
      ...(device === undefined ? {} : { device }),
      ...(standing === undefined ? {} : { status: standing }),
      orphaned: choiceOf('orphaned', orphaned, ['true']) !== undefined,
      ...((caller.clientId ?? clientId) === undefined ? {} : { clientId: caller.clientId ?? clientId! }),
    };
    const rows = await this.unitOfWork.run(caller.tenant, (tx) => this.store.list(tx, filter, before, PAGE + 1));
    return page(rows.map(viewOf), PAGE, ({ id }) => id);
  }

  /** A session, live or ended, with what ended it. */
  @Get(':sessionId')
  @Allow('sessions:read')
  async get(@Caller() caller: Principal, @Param('sessionId') sessionId: string): Promise<ReturnType<typeof viewOf>> {
    return viewOf(await this.own(caller, sessionId));
  }

  /** Ends a session, at its application too. */
  @Delete(':sessionId')
  @HttpCode(202)
  @Allow('sessions:end')
  async end(
    @Caller() caller: Principal,
    @Param('sessionId') sessionId: string,
    @PreferWait() waitMs: number,
  ): Promise<RevocationSummary> {
    await this.own(caller, sessionId);
    const { revocationId } = await this.requestRevocation.execute(caller, {
      target: { kind: 'session', id: sessionId },
      reason: 'the session was ended',
      bar: false,
    });
    return this.follow.summary(caller.tenant, revocationId, waitMs);
  }

  private async own(caller: Principal, sessionId: string): Promise<Session> {
    const session = await this.unitOfWork.run(caller.tenant, (tx) => this.store.get(tx, sessionId));
    if (!session || (caller.clientId !== null && session.clientId !== caller.clientId))
      throw new Problem('session_not_found');
    return session;
  }
}

const viewOf = (session: Session) => ({
  id: session.sessionId,
  sid: session.sid,
  clientId: session.clientId,
  subject: session.subjectId,
  device: session.deviceId,
  signInId: session.signInId,
  authenticatedAt: session.authenticatedAt.toISOString(),
  openedAt: session.openedAt.toISOString(),
  lastActivityAt: session.lastActivityAt.toISOString(),
  expiresAt: session.absoluteExpiresAt.toISOString(),
  idleExpiresAt: idleExpiresAt(session)?.toISOString() ?? null,
  reauthenticateAt: session.reauthAt?.toISOString() ?? null,
  ip: session.ip,
  userAgent: session.userAgent,
  status: session.endedAt === null ? ('live' as const) : ('ended' as const),
  endedAt: session.endedAt?.toISOString() ?? null,
  cause: session.cause,
  reason: session.reason,
  revocationId: session.revocationId,
  successorSessionId: session.successorSessionId,
});
