import { UnitOfWork } from '@curfew/messaging';
import { Allow, Caller, decodeCursor, page, type Principal } from '@curfew/runtime';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { BoundaryQueryDto } from './shift-boundary.dto.js';
import { ShiftBoundaryStore, type Boundary, type BoundaryFilter, type Crossing } from './shift-boundary.store.js';

const PAGE = 100;
const WINDOW_MS = 24 * 3_600_000;
/** What ending may take: a session that was out by then has not crossed. */
const TOLERANCE_SECONDS = 5;

/** The registry owns the sessions, so it says which of them crossed the boundary of a duty. */
@ApiTags('shifts')
@ApiBearerAuth()
@Controller('/v1/shifts')
export class ShiftBoundaryController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: ShiftBoundaryStore,
  ) {}

  /**
   * Sessions that went on over the boundary of a duty: of its person, authenticated before it, and still usable more
   * than five seconds after it. There is to be none.
   */
  @Get('crossings')
  @Allow('shifts:read')
  async crossings(
    @Caller() { tenant }: Principal,
    @Query() query: BoundaryQueryDto,
  ): Promise<{ items: Crossing[]; nextCursor: string | null }> {
    const after = decodeCursor(query.cursor, 'text') ?? '';
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.crossings(tx, filterOf(query), after, PAGE + 1));
    return page(rows, PAGE, ({ sessionId, dutyId, kind }) => `${sessionId}/${dutyId}/${kind}`);
  }

  /** The boundaries that were looked at for it, each with how many sessions crossed it. */
  @Get('boundaries')
  @Allow('shifts:read')
  async boundaries(
    @Caller() { tenant }: Principal,
    @Query() query: BoundaryQueryDto,
  ): Promise<{ items: (Boundary & { readonly crossings: number })[]; nextCursor: string | null }> {
    const after = decodeCursor(query.cursor, 'text') ?? '';
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.list(tx, filterOf(query), after, PAGE + 1));
    return page(rows, PAGE, ({ dutyId, kind }) => `${dutyId}/${kind}`);
  }
}

function filterOf({ from, to, shift: shiftId }: BoundaryQueryDto): BoundaryFilter {
  const until = to === undefined ? new Date() : new Date(to);
  return {
    from: from === undefined ? new Date(until.getTime() - WINDOW_MS) : new Date(from),
    to: until,
    shiftId,
    toleranceSeconds: TOLERANCE_SECONDS,
  };
}
