import { invalidField } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { Allow, Caller, decodeCursor, isPlainText, page, type Principal } from '@curfew/runtime';
import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { DecideHold } from './decide-hold.js';
import { GuardDto } from './guard.dto.js';
import { WINDOW_SECONDS, type Guard } from './guard.js';
import { GuardStore } from './guard.store.js';

const PAGE = 100;
const LONGEST_SOURCE = 256;

@ApiTags('guards')
@ApiBearerAuth()
@Controller('/v1/guards')
export class GuardController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: GuardStore,
    private readonly decideHold: DecideHold,
  ) {}

  /** The guards that are set, by source; of every other source what is usual for it is learned. */
  @Get()
  @Allow('signals:read')
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() { tenant }: Principal,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: Guard[]; nextCursor: string | null }> {
    const after = decodeCursor(cursor, 'text') ?? '';
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.list(tx, after, PAGE + 1));
    return page(rows, PAGE, ({ source }) => source);
  }

  /** Sets what a source may tell, and how much of it ends access without a human being asked. */
  @Put(':source')
  @Allow('signals:guard')
  set(@Caller() caller: Principal, @Param('source') source: string, @Body() body: GuardDto): Promise<Guard> {
    if (source.length === 0 || source.length > LONGEST_SOURCE || !isPlainText(source))
      throw invalidField('source', `must be text of 1 to ${LONGEST_SOURCE} characters`);
    const { most, windowSeconds = WINDOW_SECONDS, types = null } = body;
    return this.decideHold.setGuard(caller, { source, most, windowSeconds, types });
  }

  /** Removes it: what is usual for the source is learned again. */
  @Delete(':source')
  @HttpCode(204)
  @Allow('signals:guard')
  async remove(@Caller() caller: Principal, @Param('source') source: string): Promise<void> {
    await this.decideHold.removeGuard(caller, source);
  }
}
