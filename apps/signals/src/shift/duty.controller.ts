import { Problem } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { Allow, Caller, choiceOf, decodeCursor, page, type Principal } from '@curfew/runtime';
import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { DUTY_STATES, endsAtOf, nextStep, type Duty, type Step } from './duty.js';
import { DutyStore } from './duty.store.js';
import { ExtendDuty } from './extend-duty.js';
import { ExtensionDecisionDto, ExtensionDto } from './shift.dto.js';

const PAGE = 100;

/** With when its sessions end, and what comes next. */
export type DutyView = Omit<Duty, 'person' | 'rosterEndsAt' | 'extendedUntil'> & {
  readonly endsAt: Date;
  readonly next: { readonly step: Step; readonly at: Date } | null;
};

@ApiTags('shifts')
@ApiBearerAuth()
@Controller('/v1/duties')
export class DutyController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: DutyStore,
    private readonly extendDuty: ExtendDuty,
  ) {}

  /** Who is on duty, will be within a day, or was: one person at one occurrence of a shift each, newest first. */
  @Get()
  @Allow('shifts:read')
  @ApiQuery({ name: 'shift', required: false })
  @ApiQuery({ name: 'state', required: false, enum: DUTY_STATES })
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() { tenant }: Principal,
    @Query('shift') shiftId?: string,
    @Query('state') state?: string,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: DutyView[]; nextCursor: string | null }> {
    const before = decodeCursor(cursor, 'uuid');
    const filter = { shiftId, state: choiceOf('state', state, DUTY_STATES) };
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.list(tx, filter, before, PAGE + 1));
    return page(rows.map(viewOf), PAGE, ({ dutyId }) => dutyId);
  }

  /** One of them. */
  @Get(':dutyId')
  @Allow('shifts:read')
  async get(@Caller() { tenant }: Principal, @Param('dutyId') dutyId: string): Promise<DutyView> {
    const duty = await this.unitOfWork.run(tenant, (tx) => this.store.get(tx, dutyId));
    if (!duty) throw new Problem('duty_not_found');
    return viewOf(duty);
  }

  /** Asks that this person may stay on longer. Nothing changes before somebody else has approved. */
  @Put(':dutyId/extension')
  @Allow('shifts:write')
  async ask(
    @Caller() caller: Principal,
    @Param('dutyId') dutyId: string,
    @Body() { until, reason }: ExtensionDto,
  ): Promise<DutyView> {
    return viewOf(await this.extendDuty.ask(caller, dutyId, new Date(until), reason ?? null));
  }

  /** Grants it; whoever has asked may not. */
  @Post(':dutyId/extension/approve')
  @HttpCode(200)
  @Allow('shifts:approve')
  async approve(
    @Caller() caller: Principal,
    @Param('dutyId') dutyId: string,
    @Body() { reason }: ExtensionDecisionDto,
  ): Promise<DutyView> {
    return viewOf(await this.extendDuty.decide(caller, dutyId, 'approved', reason ?? null));
  }

  /** Refuses it. */
  @Post(':dutyId/extension/decline')
  @HttpCode(200)
  @Allow('shifts:approve')
  async decline(
    @Caller() caller: Principal,
    @Param('dutyId') dutyId: string,
    @Body() { reason }: ExtensionDecisionDto,
  ): Promise<DutyView> {
    return viewOf(await this.extendDuty.decide(caller, dutyId, 'declined', reason ?? null));
  }
}

function viewOf(duty: Duty): DutyView {
  const { person: _person, rosterEndsAt: _roster, extendedUntil: _extended, ...view } = duty;
  return { ...view, endsAt: endsAtOf(duty), next: nextStep(duty) };
}
