import { InstantField, IntegerField, NestedListField, TextField, TextListField } from '@curfew/runtime';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { SubjectReferenceDto } from '../signal/signal.dto.js';
import type { Shift } from './shift.js';

const MOST_STAFF = 500;
const MOST_TIMES = 1_000;
const MOST_PLACES = 200;
const LONGEST_SECONDS = 4 * 3_600;
const LONGEST_CALENDAR = 200_000;

const GRACE_SECONDS = 0;
const WARN_SECONDS = 900;
const EARLY_SECONDS = 900;

const WALL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/;
const wallTime = (description: string): PropertyDecorator =>
  TextField({ pattern: WALL_TIME, min: 16, max: 19, description, example: '2026-11-24T22:00' });

/** What is Curfew's to say of a shift, whoever says the rest. */
class ShiftPolicyDto {
  @TextListField({ optional: true, most: MOST_PLACES, description: 'Where named, only sessions at these end' })
  applications?: string[];

  @IntegerField({
    optional: true,
    min: 0,
    max: LONGEST_SECONDS,
    description: 'Sessions go on so much longer; default 0',
  })
  graceSeconds?: number;

  @IntegerField({ optional: true, min: 0, max: LONGEST_SECONDS, description: 'Default 900; 0: no warning' })
  warnSeconds?: number;

  @IntegerField({
    optional: true,
    min: 0,
    max: LONGEST_SECONDS,
    description: 'Whoever signs in so long before their shift has signed in for it; default 900',
  })
  earlySeconds?: number;
}

class ShiftChangeDto {
  @wallTime('When it would have begun')
  occurrence: string;

  @wallTime('When it begins')
  start: string;

  @wallTime('When it ends')
  end: string;

  @NestedListField({ optional: true, type: () => SubjectReferenceDto, most: MOST_STAFF })
  staff?: SubjectReferenceDto[];
}

export class ShiftDto extends ShiftPolicyDto {
  @TextField({ example: 'Night shift, ward 7' })
  name: string;

  @TextField({ optional: true, max: 128, description: 'Shifts of one ward take turns' })
  ward?: string;

  @TextField({
    max: 64,
    example: 'Europe/Berlin',
    description: 'IANA; what the clock on that wall shows is what counts',
  })
  zone: string;

  @wallTime('The first time')
  start: string;

  @wallTime('Of the first time; 48 hours later at the most')
  end: string;

  @TextField({
    optional: true,
    max: 512,
    example: 'FREQ=WEEKLY;BYDAY=MO,TU,WE',
    description: 'RFC 5545 §3.3.10; left out: once',
  })
  recurrence?: string;

  @TextListField({ optional: true, most: MOST_TIMES, description: 'Further starts (RDATE)' })
  extraStarts?: string[];

  @TextListField({ optional: true, most: MOST_TIMES, description: 'Starts that do not take place (EXDATE)' })
  exceptStarts?: string[];

  @NestedListField({ optional: true, type: () => ShiftChangeDto, most: MOST_TIMES })
  changes?: ShiftChangeDto[];

  @NestedListField({ type: () => SubjectReferenceDto, most: MOST_STAFF, description: 'Who is on duty' })
  staff: SubjectReferenceDto[];

  @TextListField({ optional: true, most: MOST_PLACES, description: 'Devices. Where named, only sessions at these end' })
  workstations?: string[];
}

export class CalendarDto extends ShiftPolicyDto {
  @ApiProperty({ type: String, minLength: 1, maxLength: LONGEST_CALENDAR, description: 'One VCALENDAR (RFC 5545)' })
  @IsString()
  @Length(1, LONGEST_CALENDAR)
  calendar: string;

  @TextField({ optional: true, max: 64, description: 'For times that name no zone, or one under a name nobody knows' })
  zone?: string;

  @TextField({ optional: true, max: 128, description: 'For shifts without a LOCATION' })
  ward?: string;

  @TextListField({ optional: true, most: MOST_PLACES, description: 'For shifts without RESOURCES' })
  workstations?: string[];
}

export class ExtensionDto {
  @InstantField()
  until: string;

  @TextField({ optional: true, max: 1000 })
  reason?: string;
}

export class ExtensionDecisionDto {
  @TextField({ optional: true, max: 1000 })
  reason?: string;
}

export class GapsDto {
  @TextField({ optional: true, max: 128, description: 'Default: every ward' })
  ward?: string;

  @InstantField({ optional: true, description: 'Default now' })
  from?: string;

  @InstantField({ optional: true, description: 'Default a week later; 31 days later at the most' })
  to?: string;
}

export class OccurrencesDto extends GapsDto {
  @TextField({ optional: true })
  cursor?: string;
}

export const policyOf = ({ applications, graceSeconds, warnSeconds, earlySeconds }: ShiftPolicyDto) => ({
  applications: applications ?? [],
  graceSeconds: graceSeconds ?? GRACE_SECONDS,
  warnSeconds: warnSeconds ?? WARN_SECONDS,
  earlySeconds: earlySeconds ?? EARLY_SECONDS,
});

/** Times are still as they were written. */
export const shiftOf = (shiftId: string, body: ShiftDto): Shift => ({
  shiftId,
  name: body.name,
  ward: body.ward ?? null,
  zone: body.zone,
  start: body.start,
  end: body.end,
  recurrence: body.recurrence ?? null,
  extraStarts: body.extraStarts ?? [],
  exceptStarts: body.exceptStarts ?? [],
  changes: (body.changes ?? []).map(({ staff, ...change }) => ({ ...change, staff: staff ?? null })),
  staff: body.staff,
  workstations: body.workstations ?? [],
  ...policyOf(body),
});
