import { UnitOfWork } from '@curfew/messaging';
import {
  Allow,
  Caller,
  choiceOf,
  decodeCursor,
  Idempotency,
  isYes,
  page,
  PreferWait,
  type IdempotentRequest,
  type Principal,
} from '@curfew/runtime';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { FollowRevocation, summaryOf, type RevocationChain, type RevocationSummary } from './follow-revocation.js';
import { RequestRevocation } from './request-revocation.js';
import { RevocationDto, targetOf } from './revocation.dto.js';
import type { Revocation } from './revocation.js';
import { RevocationStore } from './revocation.store.js';

const PAGE = 100;
const STATES = ['ending', 'telling', 'settled'];

interface RevocationListItem
  extends RevocationSummary, Pick<Revocation, 'target' | 'reason' | 'requestedAt' | 'deadlineAt' | 'settledAt'> {
  readonly requestedBy: string;
}

@ApiTags('revocations')
@ApiBearerAuth()
@Controller('/v1/revocations')
export class RevocationController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: RevocationStore,
    private readonly requestRevocation: RequestRevocation,
    private readonly follow: FollowRevocation,
  ) {}

  /**
   * Ends a set of sessions. When this answers, its barrier is on disk and every check says so; `Prefer: wait=N` waits
   * until every application was told. With `dryRun=true` nothing is written: it answers what would end.
   */
  @Post()
  @HttpCode(202)
  @Allow('revocations:write')
  @ApiQuery({ name: 'dryRun', required: false, enum: ['true', 'false'] })
  @ApiOkResponse({ description: 'Of a dry run: what would end. Nothing was written' })
  async create(
    @Caller() caller: Principal,
    @Body() body: RevocationDto,
    @PreferWait() waitMs: number,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query('dryRun') dryRun?: string,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<RevocationSummary | Awaited<ReturnType<RequestRevocation['dryRun']>>> {
    const target = targetOf(body.target);
    if (isYes('dryRun', dryRun)) {
      void reply.status(200);
      return this.requestRevocation.dryRun(caller.tenant, target);
    }
    const { revocationId } = await this.requestRevocation.execute(
      caller,
      {
        target,
        reason: body.reason,
        bar: body.bar ?? false,
        breakGlass: body.breakGlass ?? false,
        ...(body.deadlineSeconds === undefined ? {} : { deadlineSeconds: body.deadlineSeconds }),
        ...(body.planToken === undefined ? {} : { planToken: body.planToken }),
      },
      request,
    );
    return this.follow.summary(caller.tenant, revocationId, waitMs);
  }

  /** Revocations, newest first. */
  @Get()
  @Allow('revocations:read')
  @ApiQuery({ name: 'state', required: false, enum: STATES })
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() { tenant }: Principal,
    @Query('state') state?: string,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: RevocationListItem[]; nextCursor: string | null }> {
    const inState = choiceOf('state', state, STATES);
    const before = decodeCursor(cursor, 'uuid');
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.list(tx, inState, before, PAGE + 1));
    const items = rows.map((revocation) => ({
      ...summaryOf(revocation),
      target: revocation.target,
      reason: revocation.reason,
      requestedBy: revocation.actor,
      requestedAt: revocation.requestedAt,
      deadlineAt: revocation.deadlineAt,
      settledAt: revocation.settledAt,
    }));
    return page(items, PAGE, ({ revocationId }) => revocationId);
  }

  /** The whole chain: from the signal to each application's answer, with the times. */
  @Get(':revocationId')
  @Allow('revocations:read')
  @ApiQuery({ name: 'cursor', required: false, description: 'Of its sessions, 500 a page' })
  get(
    @Caller() { tenant }: Principal,
    @Param('revocationId') revocationId: string,
    @PreferWait() waitMs: number,
    @Query('cursor') cursor?: string,
  ): Promise<RevocationChain> {
    return this.follow.chain(tenant, revocationId, cursor, waitMs);
  }
}
