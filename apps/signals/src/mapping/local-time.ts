import { Temporal } from 'temporal-polyfill';

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/**
 * The first instant of a local date. Not always midnight: where clocks go forward at midnight the day begins at one, and
 * where they go back over it the first of the two counts. Throws a `RangeError`.
 */
export function startOfDay(date: string, zone: string): Date {
  return startIn(dayOf(date), zone);
}

/** The first instant after a local date; a day of 23 or 25 hours ends when it ends. Throws a `RangeError`. */
export function endOfDay(date: string, zone: string): Date {
  return startIn(dayOf(date).add({ days: 1 }), zone);
}

/** What the clock on that wall showed; in the hour that comes twice, the first time. Throws a `RangeError`. */
export function onTheClock(dateTime: string, zone: string): Date {
  return new Date(Temporal.PlainDateTime.from(dateTime).toZonedDateTime(zone).epochMilliseconds);
}

/** An instant that brings its offset. Throws a `RangeError`. */
export const instantOf = (text: string): Date => new Date(Temporal.Instant.from(text).epochMilliseconds);

const startIn = (day: Temporal.PlainDate, zone: string): Date =>
  new Date(day.toZonedDateTime({ timeZone: zone }).epochMilliseconds);

function dayOf(date: string): Temporal.PlainDate {
  if (!DATE.test(date)) throw new RangeError('is no date');
  return Temporal.PlainDate.from(date);
}
