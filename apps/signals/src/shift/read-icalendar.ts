import { Problem } from '@curfew/contracts';
import ICAL from 'ical.js';
import { Temporal } from 'temporal-polyfill';
import type { SubjectReference } from '../signal/signal.js';
import { wallTimeOf } from './calendar.js';
import type { Change, Schedule, WallTime } from './shift.js';

/** What a calendar says of a shift; the rest is Curfew's. */
export interface CalendarShift extends Schedule {
  readonly uid: string;
  readonly name: string;
  readonly ward: string | null;
  readonly staff: readonly SubjectReference[];
  readonly workstations: readonly string[];
}

export interface ReadCalendar {
  readonly shifts: readonly CalendarShift[];
  /** Of shifts that do not take place any more. */
  readonly cancelled: readonly string[];
}

const MOST_EVENTS = 1_000;

/**
 * Shifts as an iCalendar object has them (RFC 5545): each VEVENT with its RRULE, RDATE, EXDATE and the instances that
 * RECURRENCE-ID changes. Who attends is on duty, LOCATION is the ward, RESOURCES are its workstations. `zone` is for
 * times that name none, and for zones under a name nobody knows here. Throws `calendar_unreadable`.
 */
export function readCalendar(text: string, zone: string | undefined): ReadCalendar {
  const events = eventsOf(text);
  const byUid = new Map<string, ICAL.Component[]>();
  for (const event of events) {
    const uid = textOf(event, 'uid');
    if (uid === null) throw unreadable('an event has no UID');
    byUid.set(uid, [...(byUid.get(uid) ?? []), event]);
  }
  const shifts: CalendarShift[] = [];
  const cancelled: string[] = [];
  for (const [uid, ofUid] of byUid)
    try {
      const read = readEvents(uid, ofUid, zone);
      if (read) shifts.push(read);
      else cancelled.push(uid);
    } catch (error) {
      throw unreadable(`event ${uid}: ${error instanceof Error ? error.message : String(error)}`);
    }
  return { shifts, cancelled };
}

function eventsOf(text: string): ICAL.Component[] {
  try {
    const root = new ICAL.Component(ICAL.parse(text) as [string, unknown[], unknown[]]);
    const events = root.getAllSubcomponents('vevent');
    if (root.name === 'vcalendar' && events.length > 0 && events.length <= MOST_EVENTS) return events;
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error));
  }
  throw unreadable(`it must be one VCALENDAR of 1 to ${MOST_EVENTS} events`);
}

/** Null: it is cancelled. */
function readEvents(
  uid: string,
  events: readonly ICAL.Component[],
  fallback: string | undefined,
): CalendarShift | null {
  const [master, ...more] = events.filter((event) => !event.getFirstProperty('recurrence-id'));
  if (!master || more.length > 0) throw new Error('must be there once without a RECURRENCE-ID');
  if (isCancelled(master)) return null;
  const { start, end, zone } = timesOf(master, fallback);
  const rules = master.getAllProperties('rrule');
  if (rules.length > 1 || master.getFirstProperty('exrule')) throw new Error('only one RRULE is read, and no EXRULE');
  const others = events.filter((event) => event !== master);
  return {
    uid,
    name: textOf(master, 'summary') ?? uid,
    ward: textOf(master, 'location'),
    zone,
    start,
    end,
    recurrence: rules[0] ? String(rules[0].getFirstValue()) : null,
    extraStarts: wallTimes(master, 'rdate', zone),
    exceptStarts: [...wallTimes(master, 'exdate', zone), ...others.filter(isCancelled).map((one) => nameOf(one, zone))],
    changes: others.filter((one) => !isCancelled(one)).map((one) => changeOf(one, zone)),
    staff: staffOf(master),
    workstations: listOf(master, 'resources'),
  };
}

function changeOf(event: ICAL.Component, zone: string): Change {
  const { start, end } = timesOf(event, zone, zone);
  return {
    occurrence: nameOf(event, zone),
    start,
    end,
    staff: event.getFirstProperty('attendee') ? staffOf(event) : null,
  };
}

function nameOf(event: ICAL.Component, zone: string): WallTime {
  const property = event.getFirstProperty('recurrence-id')!;
  if (property.getFirstParameter('range')) throw new Error('RECURRENCE-ID with a RANGE is not read');
  return wallIn(property, property.getFirstValue(), zone);
}

/** `into`: the zone they are wanted in; left out, that of the start. */
function timesOf(event: ICAL.Component, fallback: string | undefined, into?: string) {
  const dtstart = event.getFirstProperty('dtstart');
  if (!dtstart) throw new Error('has no DTSTART');
  const zone = into ?? zoneOf(dtstart, timeOf(dtstart, dtstart.getFirstValue()), fallback);
  const start = wallIn(dtstart, dtstart.getFirstValue(), zone);
  const dtend = event.getFirstProperty('dtend');
  const duration = event.getFirstProperty('duration')?.getFirstValue();
  if (!dtend && !duration) throw new Error('has neither DTEND nor DURATION');
  const end = dtend
    ? wallIn(dtend, dtend.getFirstValue(), zone)
    : wallTimeOf(
        Temporal.PlainDateTime.from(start)
          .add(Temporal.Duration.from(String(duration)))
          .toString(),
      );
  return { start, end, zone };
}

const wallTimes = (event: ICAL.Component, name: string, zone: string): WallTime[] =>
  event
    .getAllProperties(name)
    .flatMap((property) => property.getValues().map((value) => wallIn(property, value, zone)));

/** What the clock shows in a zone: of a time in another one, or in UTC, at that instant. */
function wallIn(property: ICAL.Property, value: unknown, zone: string): WallTime {
  const time = timeOf(property, value);
  const shown = wallTimeOf(time.toString().replace('Z', ''));
  const own = zoneOf(property, time, zone);
  if (own === zone) return shown;
  return wallTimeOf(
    Temporal.PlainDateTime.from(shown).toZonedDateTime(own).withTimeZone(zone).toPlainDateTime().toString(),
  );
}

function timeOf(property: ICAL.Property, value: unknown): ICAL.Time {
  if (value instanceof ICAL.Time && !value.isDate) return value;
  throw new Error(`${property.name.toUpperCase()} must be a time, not a day`);
}

function zoneOf(property: ICAL.Property, time: ICAL.Time, fallback: string | undefined): string {
  if (time.toString().endsWith('Z')) return 'UTC';
  const named = property.getFirstParameter('tzid') as string | undefined;
  const known = [named, fallback].find((zone) => zone !== undefined && isZone(zone));
  if (known === undefined) throw new Error(`${named ?? 'a time without a zone'} needs a zone that is known here`);
  return known;
}

function isZone(zone: string): boolean {
  try {
    Temporal.Now.zonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

/** Who declined, and who is a room or a list, is not on duty. */
const staffOf = (event: ICAL.Component): SubjectReference[] =>
  event
    .getAllProperties('attendee')
    .filter(
      (attendee) =>
        attendee.getFirstParameter('partstat') !== 'DECLINED' &&
        ['INDIVIDUAL', undefined].includes(attendee.getFirstParameter('cutype') as string | undefined),
    )
    .map((attendee) => String(attendee.getFirstValue()))
    .map((address) => {
      if (!/^mailto:.+@.+/i.test(address)) throw new Error(`the attendee ${address} is no mailto address`);
      return { email: address.slice('mailto:'.length) };
    });

const isCancelled = (event: ICAL.Component): boolean => textOf(event, 'status') === 'CANCELLED';

const listOf = (event: ICAL.Component, name: string): string[] =>
  event.getAllProperties(name).flatMap((property) => property.getValues().map(String));

function textOf(event: ICAL.Component, name: string): string | null {
  const value = event.getFirstPropertyValue(name);
  return value === null || value === undefined || value === '' ? null : String(value);
}

const unreadable = (why: string): Problem => new Problem('calendar_unreadable', why.slice(0, 1_000));
