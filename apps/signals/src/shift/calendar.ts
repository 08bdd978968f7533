import { Problem, unprocessableField } from '@curfew/contracts';
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import type { Occurrence, Schedule, Shift, WallTime } from './shift.js';

/** Longer is no shift, and within it every occurrence that matters is found. */
const LONGEST_HOURS = 48;
const DAY = { hours: 24 };
/** What a rule may take to follow. Only one that counts is followed from its start, and one that never comes true. */
const MOST_STEPS = 5_000;
const FAR_AWAY = { years: 60 };
const FREQUENCIES = /(^|;)FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;|$)/;

/**
 * The occurrences of a shift that are under way at some time from `from` to `to`, in order. Its rule is followed by the
 * clock on the wall, and what comes of it is made an instant by the zone's rules as they are known here and now. An hour
 * that is left out in spring is an hour later, one that comes twice in autumn is the first (RFC 5545 §3.3.5). The end is
 * on the wall too: a night shift ends at six also in the night that has an hour more. Throws a `RangeError`.
 */
export function occurrencesOf(shift: Pick<Shift, 'staff'> & Schedule, from: Date, to: Date): Occurrence[] {
  const { zone, start, end, staff, exceptStarts, changes } = shift;
  const length = wall(start).until(wall(end));
  const [first, last] = [wallAt(from, zone).subtract({ hours: LONGEST_HOURS }), wallAt(to, zone).add(DAY)];
  const changed = new Map(changes.map((change) => [change.occurrence, change]));
  const names = new Set([...startsOf(shift, first, last), ...changed.keys()]);
  return [...names]
    .filter((name) => !exceptStarts.includes(name))
    .map((name) => {
      const change = changed.get(name);
      const startsAt = instant(change ? wall(change.start) : wall(name), zone);
      const endsAt = instant(change ? wall(change.end) : wall(name).add(length), zone);
      // Where clocks go back over a short shift, its end may be the earlier of two.
      return { occurrence: name, startsAt, endsAt: later(startsAt, endsAt), staff: change?.staff ?? staff };
    })
    .filter(({ startsAt, endsAt }) => endsAt >= from && startsAt <= to)
    .sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime());
}

/** Throws `unprocessable_field`. */
export function assertSchedule(schedule: Schedule): void {
  const { zone, start, end, recurrence, changes } = schedule;
  at('zone', () => Temporal.Now.zonedDateTimeISO(zone));
  const times = { start, end, extraStarts: schedule.extraStarts, exceptStarts: schedule.exceptStarts };
  for (const [field, given] of Object.entries(times)) at(field, () => [given].flat().forEach(wall));
  assertLength('end', start, end);
  changes.forEach((change, index) => {
    at(`changes.${index}`, () => [change.occurrence, change.start, change.end].forEach(wall));
    assertLength(`changes.${index}`, change.start, change.end);
  });
  if (recurrence !== null && !FREQUENCIES.test(recurrence))
    throw unprocessableField('recurrence', 'must be an RRULE whose FREQ is DAILY, WEEKLY, MONTHLY or YEARLY');
  // A day of it, and one far away: a rule that takes too long to follow says so now, and not on a night in ten years.
  for (const day of [wall(start), wall(start).add(FAR_AWAY)])
    at('recurrence', () => startsOf(schedule, day, day.add(DAY)));
}

/** Its times as they are compared and kept. */
export const spelt = ({ start, end, extraStarts, exceptStarts, changes }: Schedule) => ({
  start: wallTimeOf(start),
  end: wallTimeOf(end),
  extraStarts: extraStarts.map(wallTimeOf),
  exceptStarts: exceptStarts.map(wallTimeOf),
  changes: changes.map((change) => ({
    occurrence: wallTimeOf(change.occurrence),
    start: wallTimeOf(change.start),
    end: wallTimeOf(change.end),
    staff: change.staff,
  })),
});

/** To the second, without an offset. Throws a `RangeError`. */
export const wallTimeOf = (text: string): WallTime => wall(text).toString({ smallestUnit: 'second' });

/** The rules of time zones known here: `2025c`. Later ones are greater. */
export const zoneRules = (): string => process.versions.tz ?? '';

function startsOf({ zone, start, recurrence, extraStarts }: Schedule, first: Wall, last: Wall): WallTime[] {
  const known = [...(recurrence === null ? [start] : []), ...extraStarts].filter((name) => isWithin(name, first, last));
  if (recurrence === null) return known;
  // Followed in UTC: there the clock on the wall never jumps.
  const rule = new RRuleTemporal({
    rruleString: onTheWall(recurrence, zone),
    dtstart: wall(start).toZonedDateTime('UTC'),
    temporal: Temporal,
    strict: true,
    maxIterations: MOST_STEPS,
    maxCandidateEvaluations: MOST_STEPS,
    cache: false,
  });
  const found = rule.between(first.toZonedDateTime('UTC'), last.toZonedDateTime('UTC'), true);
  return [...known, ...found.map((zoned) => wallTimeOf(zoned.toPlainDateTime().toString()))];
}

/** UNTIL is an instant where the rule has a zone (RFC 5545 §3.3.10); here it is what the clock shows then. */
const onTheWall = (recurrence: string, zone: string): string =>
  recurrence.replace(/UNTIL=(\d{8})(T\d{6})?(Z?)/, (_, date: string, time = 'T235959', utc: string) => {
    const until = `${date}${time}`;
    const shown =
      utc === '' ? wall(until) : Temporal.Instant.from(`${until}Z`).toZonedDateTimeISO(zone).toPlainDateTime();
    return `UNTIL=${wallTimeOf(shown.toString()).replace(/[-:]/g, '')}Z`;
  });

type Wall = Temporal.PlainDateTime;
const wall = (text: string): Wall => Temporal.PlainDateTime.from(text, { overflow: 'reject' });
const wallAt = (when: Date, zone: string): Wall =>
  Temporal.Instant.fromEpochMilliseconds(when.getTime()).toZonedDateTimeISO(zone).toPlainDateTime();
const instant = (time: Wall, zone: string): Date => new Date(time.toZonedDateTime(zone).epochMilliseconds);
const later = (a: Date, b: Date): Date => (a > b ? a : b);
const isWithin = (name: WallTime, first: Wall, last: Wall): boolean =>
  Temporal.PlainDateTime.compare(name, first) >= 0 && Temporal.PlainDateTime.compare(name, last) <= 0;

function assertLength(field: string, start: WallTime, end: WallTime): void {
  const length = wall(start).until(wall(end)).total('hours');
  if (length <= 0 || length > LONGEST_HOURS)
    throw unprocessableField(field, `must be after the start, by ${LONGEST_HOURS} hours at the most`);
}

function at(field: string, work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw unprocessableField(field, `can not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
