import { Problem } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { Allow, Caller, choiceOf, decodeCursor, page, type Principal } from '@curfew/runtime';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { DecideHold } from './decide-hold.js';
import { HoldDecisionDto } from './guard.dto.js';
import { HOLD_STATES, type Hold } from './guard.js';
import { GuardStore } from './guard.store.js';

const PAGE = 100;

@ApiTags('guards')
@ApiBearerAuth()
@Controller('/v1/holds')
export class HoldController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: GuardStore,
    private readonly decideHold: DecideHold,
  ) {}

  /** What is held of sources that told too much, and what was; newest first. */
  @Get()
  @Allow('signals:read')
  @ApiQuery({ name: 'state', required: false, enum: HOLD_STATES })
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() { tenant }: Principal,
    @Query('state') state?: string,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: Hold[]; nextCursor: string | null }> {
    const before = decodeCursor(cursor, 'uuid');
    const chosen = choiceOf('state', state, HOLD_STATES);
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.holds(tx, chosen, before, PAGE + 1));
    return page(rows, PAGE, ({ holdId }) => holdId);
  }

  /** One hold. Its signals: `GET /v1/signals?hold=`. */
  @Get(':holdId')
  @Allow('signals:read')
  async get(@Caller() { tenant }: Principal, @Param('holdId') holdId: string): Promise<Hold> {
    const hold = await this.unitOfWork.run(tenant, (tx) => this.store.hold(tx, holdId));
    if (!hold) throw new Problem('hold_not_found');
    return hold;
  }

  /** Lets all of it go: the source meant it. From now on its limit is counted anew. */
  @Post(':holdId/approve')
  @HttpCode(202)
  @Allow('signals:decide')
  approve(
    @Caller() caller: Principal,
    @Param('holdId') holdId: string,
    @Body() { reason }: HoldDecisionDto,
  ): Promise<Hold> {
    return this.decideHold.decide(caller, holdId, 'approved', reason ?? null);
  }

  /** Nothing comes of any of it. */
  @Post(':holdId/decline')
  @HttpCode(202)
  @Allow('signals:decide')
  decline(
    @Caller() caller: Principal,
    @Param('holdId') holdId: string,
    @Body() { reason }: HoldDecisionDto,
  ): Promise<Hold> {
    return this.decideHold.decide(caller, holdId, 'declined', reason ?? null);
  }
}
