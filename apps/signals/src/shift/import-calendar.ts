import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { readCalendar, type CalendarShift } from './read-icalendar.js';
import { SaveShift } from './save-shift.js';
import type { Shift } from './shift.js';

/** What a calendar does not say. */
export interface CalendarDefaults extends Pick<
  Shift,
  'applications' | 'workstations' | 'graceSeconds' | 'warnSeconds' | 'earlySeconds'
> {
  readonly zone: string | undefined;
  readonly ward: string | undefined;
}

export interface ImportedCalendar {
  readonly shifts: readonly Shift[];
  readonly cancelled: readonly string[];
}

/** Puts the shifts of an iCalendar object on the calendar. */
@Injectable()
export class ImportCalendar {
  constructor(private readonly saveShift: SaveShift) {}

  /** Throws `calendar_unreadable`, `unprocessable_field`. */
  async execute(
    caller: { readonly tenant: string; readonly actor: string },
    calendar: string,
    defaults: CalendarDefaults,
  ): Promise<ImportedCalendar> {
    const read = readCalendar(calendar, defaults.zone);
    const cancelled = read.cancelled.map(shiftIdOf);
    const shifts = read.shifts.map((shift) => withDefaults(shift, defaults));
    return { shifts: await this.saveShift.execute(caller, shifts, cancelled), cancelled };
  }
}

function withDefaults({ uid, ...read }: CalendarShift, { zone: _zone, ward, ...defaults }: CalendarDefaults): Shift {
  const workstations = read.workstations.length > 0 ? read.workstations : defaults.workstations;
  return { shiftId: shiftIdOf(uid), ...defaults, ...read, ward: read.ward ?? ward ?? null, workstations };
}

/** A UID is any text; one that would not do in an address gets a name that is as much its own. */
const shiftIdOf = (uid: string): string =>
  /^[A-Za-z0-9][A-Za-z0-9._@:+-]{0,127}$/.test(uid)
    ? uid
    : `uid-${createHash('sha256').update(uid).digest('hex').slice(0, 40)}`;
