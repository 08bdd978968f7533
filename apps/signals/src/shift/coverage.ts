import { occurrencesOf } from './calendar.js';
import type { Shift } from './shift.js';

/** A time at which nobody of a ward is on duty. */
export interface Gap {
  readonly ward: string;
  readonly from: Date;
  readonly to: Date;
}

/** Of each ward the shifts are of. */
export const gapsOfWards = (shifts: readonly Shift[], from: Date, to: Date): Gap[] =>
  [...new Set(shifts.flatMap(({ ward }) => ward ?? []))].flatMap((ward) =>
    gapsOf(
      ward,
      shifts.filter((shift) => shift.ward === ward),
      from,
      to,
    ),
  );

/** The breaks in a ward's coverage: grace is no coverage, and a shift nobody is on is none either. */
function gapsOf(ward: string, shifts: readonly Shift[], from: Date, to: Date): Gap[] {
  const covered = shifts
    .flatMap((shift) => occurrencesOf(shift, from, to))
    .filter(({ staff }) => staff.length > 0)
    .sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime());
  const gaps: Gap[] = [];
  let until = from;
  for (const { startsAt, endsAt } of covered) {
    if (startsAt > until) gaps.push({ ward, from: until, to: startsAt < to ? startsAt : to });
    if (endsAt > until) until = endsAt;
  }
  if (until < to) gaps.push({ ward, from: until, to });
  return gaps;
}
