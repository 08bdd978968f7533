export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

/**
 * From `from` until before `to` by the clocks on the wall in a time zone. One that does not end after it begins ends on
 * the next day, and is of the day it begins on. An hour that a change to summer time leaves out is in no window, and one
 * that comes twice is in its window both times.
 */
export interface TimeWindow {
  readonly days: readonly Day[];
  /** `HH:MM` */
  readonly from: string;
  /** `HH:MM`; `24:00` is the end of the day. */
  readonly to: string;
  readonly timeZone: string;
}

/** What the clocks on the wall say. */
export interface LocalTime {
  readonly day: Day;
  /** `HH:MM`, which sorts as text. */
  readonly time: string;
}

/** By canonical name: making one is dear. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone);
  if (!clock) {
    const options = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    clocks.set(timeZone, (clock = new Intl.DateTimeFormat('en-GB', { ...options, timeZone })));
  }
  return clock;
}

/** The name it is kept by; undefined: there is none. Offsets are none: they know no summer time. */
export function canonicalTimeZone(name: string): string | undefined {
  if (clocks.has(name)) return name;
  if (!/^[A-Za-z]/.test(name)) return undefined;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en-GB', { timeZone: name }).resolvedOptions();
    clockOf(timeZone);
    return timeZone;
  } catch {
    return undefined;
  }
}

export function localTime(at: Date, timeZone: string): LocalTime {
  const parts = Object.fromEntries(
    clockOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  return { day: parts.weekday!.toLowerCase() as Day, time: `${parts.hour}:${parts.minute}` };
}

const dayBefore = (day: Day): Day => DAYS.at(DAYS.indexOf(day) - 1)!;

export function isInWindow({ days, from, to }: TimeWindow, { day, time }: LocalTime): boolean {
  if (from < to) return days.includes(day) && from <= time && time < to;
  return (days.includes(day) && from <= time) || (days.includes(dayBefore(day)) && time < to);
}
