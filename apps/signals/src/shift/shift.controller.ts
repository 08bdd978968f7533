import { invalidField, Problem } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { Allow, Caller, decodeCursor, page, type Principal } from '@curfew/runtime';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { occurrencesOf } from './calendar.js';
import { gapsOfWards, type Gap } from './coverage.js';
import { ImportCalendar, type ImportedCalendar } from './import-calendar.js';
import { SaveShift } from './save-shift.js';
import { CalendarDto, GapsDto, OccurrencesDto, policyOf, ShiftDto, shiftOf } from './shift.dto.js';
import type { Occurrence, Shift } from './shift.js';
import { ShiftStore } from './shift.store.js';

const PAGE = 100;
const WEEK_MS = 7 * 86_400_000;
const LONGEST_MS = 31 * 86_400_000;
const SHIFT_ID = /^[A-Za-z0-9][A-Za-z0-9._@:+-]{0,127}$/;
/** Paths of their own below the shifts'. */
const RESERVED = ['import', 'gaps', 'occurrences', 'crossings', 'boundaries'];

/** One time a shift takes place, with what a calendar says beside it. */
type CalendarEntry = Occurrence & Pick<Shift, 'shiftId' | 'name' | 'ward' | 'zone'>;

@ApiTags('shifts')
@ApiBearerAuth()
@Controller('/v1/shifts')
export class ShiftController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: ShiftStore,
    private readonly saveShift: SaveShift,
    private readonly importCalendar: ImportCalendar,
  ) {}

  /** The shifts there are, by id. */
  @Get()
  @Allow('shifts:read')
  @ApiQuery({ name: 'ward', required: false })
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() { tenant }: Principal,
    @Query('ward') ward?: string,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: Shift[]; nextCursor: string | null }> {
    const after = decodeCursor(cursor, 'text') ?? '';
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.list(tx, ward, after, PAGE + 1));
    return page(rows, PAGE, ({ shiftId }) => shiftId);
  }

  /** When nobody of a ward is on duty, by its shifts. */
  @Get('gaps')
  @Allow('shifts:read')
  async gaps(
    @Caller() { tenant }: Principal,
    @Query() { ward, from: since, to: until }: GapsDto,
  ): Promise<{ items: Gap[]; nextCursor: null }> {
    const { from, to } = windowOf(since, until);
    const shifts = await this.unitOfWork.run(tenant, (tx) => this.store.ofWards(tx, ward));
    return { items: gapsOfWards(shifts, from, to), nextCursor: null };
  }

  /** The calendar: when each shift takes place from then to then, and who is on it. A page holds all times of 100 shifts. */
  @Get('occurrences')
  @Allow('shifts:read')
  async occurrences(
    @Caller() { tenant }: Principal,
    @Query() { ward, from: since, to: until, cursor }: OccurrencesDto,
  ): Promise<{ items: CalendarEntry[]; nextCursor: string | null }> {
    const { from, to } = windowOf(since, until);
    const after = decodeCursor(cursor, 'text') ?? '';
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.list(tx, ward, after, PAGE + 1));
    const { items: shifts, nextCursor } = page(rows, PAGE, ({ shiftId }) => shiftId);
    const items = shifts.flatMap((shift) => {
      const { shiftId, name, ward, zone } = shift;
      return occurrencesOf(shift, from, to).map((occurrence) => ({ shiftId, name, ward, zone, ...occurrence }));
    });
    return { items, nextCursor };
  }

  /** One shift. */
  @Get(':shiftId')
  @Allow('shifts:read')
  async get(@Caller() { tenant }: Principal, @Param('shiftId') shiftId: string): Promise<Shift> {
    const stored = await this.unitOfWork.run(tenant, (tx) => this.store.get(tx, shiftId));
    if (!stored) throw new Problem('shift_not_found');
    return stored.shift;
  }

  /**
   * Puts a shift on the calendar, or changes it there. Duties are made of it as their hours come near; who is on duty
   * already stays so until the end, and what was over before is not caught up on.
   */
  @Put(':shiftId')
  @Allow('shifts:write')
  async put(@Caller() caller: Principal, @Param('shiftId') shiftId: string, @Body() body: ShiftDto): Promise<Shift> {
    if (!SHIFT_ID.test(shiftId) || RESERVED.includes(shiftId))
      throw invalidField('shiftId', 'must be 1 to 128 letters, digits and ._@:+-, and no path of its own');
    const [shift] = await this.saveShift.execute(caller, [shiftOf(shiftId, body)]);
    return shift!;
  }

  /** Takes it off the calendar. Who is on duty by then is until their end. */
  @Delete(':shiftId')
  @HttpCode(204)
  @Allow('shifts:write')
  async remove(@Caller() caller: Principal, @Param('shiftId') shiftId: string): Promise<void> {
    await this.saveShift.remove(caller, shiftId);
  }

  /**
   * Puts the shifts of an iCalendar object there, each under its UID, all of them or none; one that is cancelled in it
   * is taken off. Those it says nothing of stay.
   */
  @Post('import')
  @HttpCode(200)
  @Allow('shifts:write')
  import(@Caller() caller: Principal, @Body() body: CalendarDto): Promise<ImportedCalendar> {
    const { calendar, zone, ward, workstations = [] } = body;
    return this.importCalendar.execute(caller, calendar, { zone, ward, workstations, ...policyOf(body) });
  }
}

function windowOf(since: string | undefined, until: string | undefined): { from: Date; to: Date } {
  const from = since === undefined ? new Date() : new Date(since);
  const to = until === undefined ? new Date(from.getTime() + WEEK_MS) : new Date(until);
  if (to < from || to.getTime() > from.getTime() + LONGEST_MS)
    throw invalidField('to', 'must be after from, by 31 days at the most');
  return { from, to };
}
