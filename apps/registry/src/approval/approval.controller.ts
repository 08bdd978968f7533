import { Problem } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { Allow, Caller, choiceOf, decodeCursor, page, PreferWait, type Principal } from '@curfew/runtime';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { FollowRevocation, type RevocationSummary } from '../revocation/follow-revocation.js';
import { ApprovalDecisionDto } from './approval.dto.js';
import { APPROVAL_STATES, type Approval } from './approval.js';
import { ApprovalStore } from './approval.store.js';
import { DecideApproval } from './decide-approval.js';

const PAGE = 100;

@ApiTags('revocations')
@ApiBearerAuth()
@Controller('/v1/approvals')
export class ApprovalController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: ApprovalStore,
    private readonly decideApproval: DecideApproval,
    private readonly follow: FollowRevocation,
  ) {}

  /** Kills that wait for a second person, and those that did; newest first. */
  @Get()
  @Allow('revocations:read')
  @ApiQuery({ name: 'state', required: false, enum: APPROVAL_STATES })
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() { tenant }: Principal,
    @Query('state') state?: string,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: Approval[]; nextCursor: string | null }> {
    const inState = choiceOf('state', state, APPROVAL_STATES);
    const before = decodeCursor(cursor, 'uuid');
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.list(tx, inState, before, PAGE + 1));
    return page(rows, PAGE, ({ revocationId }) => revocationId);
  }

  /** One of them, by the id of the revocation it becomes. */
  @Get(':revocationId')
  @Allow('revocations:read')
  async get(@Caller() { tenant }: Principal, @Param('revocationId') revocationId: string): Promise<Approval> {
    const approval = await this.unitOfWork.run(tenant, (tx) => this.store.get(tx, revocationId));
    if (!approval) throw new Problem('approval_not_found');
    return approval;
  }

  /** The second person's yes: the kill is in force when this answers. Not for whoever asked for it, nor by a key made since. */
  @Post(':revocationId/approve')
  @HttpCode(202)
  @Allow('revocations:approve')
  async approve(
    @Caller() caller: Principal,
    @Param('revocationId') revocationId: string,
    @Body() { reason }: ApprovalDecisionDto,
    @PreferWait() waitMs: number,
  ): Promise<RevocationSummary> {
    await this.decideApproval.approve(caller, revocationId, reason ?? null);
    return this.follow.summary(caller.tenant, revocationId, waitMs);
  }

  /** Nothing comes of it. Whoever asked for it may say so as well; else it takes `revocations:approve`. */
  @Post(':revocationId/reject')
  @HttpCode(200)
  @Allow('revocations:write')
  reject(
    @Caller() caller: Principal,
    @Param('revocationId') revocationId: string,
    @Body() { reason }: ApprovalDecisionDto,
  ): Promise<Approval> {
    return this.decideApproval.reject(caller, revocationId, reason ?? null);
  }
}
