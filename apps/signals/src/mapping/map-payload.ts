import { Problem, type FieldError, type SignalType } from '@curfew/contracts';
import { isPlainText } from '@curfew/runtime';
import { assertComplete, type SignalContent, type SubjectReference } from '../signal/signal.js';
import { endOfDay, instantOf, onTheClock, startOfDay } from './local-time.js';
import type { AskOf, ConditionOf, Mapping, TextOf, TimeOf } from './mapping.js';

/** More people than this leave one by one: a webhook is one transaction. */
export const MOST_ITEMS = 500;
const LONGEST_TEXT = 256;
const LONGEST_ID = 200;
const LONGEST_REASON = 1000;

const IDENTIFIERS = ['id', 'email', 'employeeId', 'iss', 'sub'] as const;
const IGNORED = Symbol('ignored');

/** What is wrong with one field of an item. */
class Fault extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

/** Where pointers start. */
interface Roots {
  readonly payload: unknown;
  readonly item: unknown;
}

/** What a payload makes, and what is wrong with the items that make nothing. */
export interface Mapped {
  readonly contents: readonly SignalContent[];
  /** What each of them was read from. */
  readonly items: readonly unknown[];
  readonly errors: readonly FieldError[];
}

/**
 * The signals a payload makes, complete, each under an event id of its own; none for a payload that the mapping ignores.
 * All or nothing: throws `payload_unmappable`, with every fault and the item it lies in.
 */
export function mapPayload(mapping: Mapping, payload: unknown, eventId: string, now: Date): readonly SignalContent[] {
  const { contents, errors } = mapEach(mapping, payload, eventId, now, MOST_ITEMS);
  if (errors.length > 0) throw unmappable(errors);
  return contents;
}

/** The same, of each by itself. Throws `payload_unmappable` where there is no list of at most so many. */
export function mapEach(mapping: Mapping, payload: unknown, eventId: string, now: Date, most: number): Mapped {
  const [contents, items, errors]: [SignalContent[], unknown[], FieldError[]] = [[], [], []];
  for (const { item, at, id } of itemsOf(mapping, payload, most)) {
    try {
      const roots = { payload, item };
      const content = contentOf(mapping, roots, ownIdOf(mapping, roots) ?? `${eventId}${id}`);
      if (content === IGNORED) continue;
      assertComplete(content, now);
      contents.push(content);
      items.push(item);
    } catch (error) {
      errors.push(...faultsOf(error).map(({ field, message }) => ({ field: `${at}${field}`, message })));
    }
  }
  return { contents, items, errors };
}

export const unmappable = (errors: readonly FieldError[]): Problem =>
  new Problem('payload_unmappable', `${errors[0]!.field} ${errors[0]!.message}`, { errors: [...errors] });

function ownIdOf({ id }: Mapping, roots: Roots): string | undefined {
  if (id === undefined) return undefined;
  if ('at' in id) return textOf('id', id, roots, LONGEST_ID);
  return id.all.map((one) => textOf('id', one, roots, LONGEST_ID / id.all.length) ?? '').join('/');
}

/** The instants of its items that a poll goes on from; undefined where it has none. */
export function cursorOf(mapping: Mapping, payload: unknown, most: number): string | undefined {
  const { cursor } = mapping.ask ?? {};
  if (!cursor) return undefined;
  const times = itemsOf(mapping, payload, most).map(({ item }) => valueAt(cursor.at, { payload, item }));
  const instants = times.filter((time): time is string => typeof time === 'string' && !Number.isNaN(Date.parse(time)));
  return instants.reduce<string | undefined>(
    (latest, time) => (latest === undefined || Date.parse(time) > Date.parse(latest) ? time : latest),
    undefined,
  );
}

/** Whether an API is asked about a webhook at all. */
export const isAsked = ({ when = [] }: AskOf, payload: unknown): boolean =>
  when.every((condition) => holds(condition, { payload, item: payload }));

const IN_PATH = /\{(\$[^}]+|cursor)\}/g;

/** Throws `payload_unmappable` where the payload has no value for a part of it. */
export const pathOf = ({ path }: AskOf, payload: unknown, cursor: string): string =>
  path.replace(IN_PATH, (_, part: string) => {
    if (part === 'cursor') return encodeURIComponent(cursor);
    const text = textOf(part.slice(2), { at: part }, { payload, item: payload });
    if (text === undefined) throw unmappable([{ field: part.slice(2), message: 'is missing' }]);
    return encodeURIComponent(text);
  });

function faultsOf(error: unknown): readonly FieldError[] {
  if (error instanceof Fault) return [{ field: error.field, message: error.message }];
  if (error instanceof Problem && error.more.errors) return error.more.errors;
  throw error;
}

/** An item's place in the list is a part of its event id: sent again, it has the same. */
function itemsOf({ items }: Mapping, payload: unknown, most: number): { item: unknown; at: string; id: string }[] {
  if (items === undefined) return [{ item: payload, at: '', id: '' }];
  const list = valueAt(items, { payload, item: payload });
  const name = items.slice(2);
  const wrong = (message: string) => unmappable([{ field: name, message }]);
  if (!Array.isArray(list)) throw wrong('must be a list');
  if (list.length > most) throw wrong(`must hold at most ${most} items`);
  return list.map((item: unknown, index) => ({ item, at: `${name}[${index}].`, id: `/${index}` }));
}

function contentOf(mapping: Mapping, roots: Roots, eventId: string): SignalContent | typeof IGNORED {
  if (!(mapping.when ?? []).every((condition) => holds(condition, roots))) return IGNORED;
  const type = typeOf(mapping.type, roots);
  if (type === IGNORED) return IGNORED;
  const subject = mapping.subject && subjectOf(mapping.subject, roots);
  const device = mapping.device && textOf('device.id', mapping.device.id, roots);
  const occurredAt = timeOf('occurredAt', mapping.occurredAt, roots);
  if (!occurredAt) throw new Fault('occurredAt', 'is missing');
  const effectiveAt = mapping.effectiveAt && timeOf('effectiveAt', mapping.effectiveAt, roots);
  const sequence = mapping.sequence && sequenceOf(mapping.sequence.at, roots);
  const reason = mapping.reason && textOf('reason', mapping.reason, roots, LONGEST_REASON);
  return {
    type,
    eventId,
    ...(subject ? { subject } : {}),
    ...(device === undefined ? {} : { device: { id: device } }),
    occurredAt,
    ...(sequence === undefined ? {} : { sequence }),
    ...(effectiveAt ? { effectiveAt } : {}),
    ...(reason === undefined ? {} : { reason }),
  };
}

function holds(condition: ConditionOf, roots: Roots): boolean {
  const value = valueAt(condition.at, roots);
  if ('in' in condition) return condition.in.some((one) => one === value);
  return Array.isArray(value) && condition.has.some((one) => value.includes(one));
}

function typeOf(type: Mapping['type'], roots: Roots): SignalType | typeof IGNORED {
  if ('is' in type) return type.is;
  const value = valueAt(type.at, roots);
  if (typeof value === 'string' && Object.hasOwn(type.values, value)) return type.values[value]!;
  if (type.others === 'ignore') return IGNORED;
  throw new Fault('type', `is none that the mapping knows at ${type.at}`);
}

function subjectOf(subject: NonNullable<Mapping['subject']>, roots: Roots): SubjectReference | undefined {
  const found = IDENTIFIERS.flatMap((name) => {
    const given = subject[name];
    const text = given && textOf(`subject.${name}`, given, roots);
    return text === undefined ? [] : [[name, text] as const];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

function textOf(field: string, given: TextOf | TextOf[], roots: Roots, longest = LONGEST_TEXT): string | undefined {
  for (const one of [given].flat()) {
    if ('is' in one) return one.is;
    const value = valueAt(one.at, roots);
    if (value === undefined || value === null || value === '') continue;
    // Ids are numbers as often as texts; one that a double can't hold is already another.
    const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
    if (typeof text !== 'string' || text.length > longest || !isPlainText(text))
      throw new Fault(field, `must be plain text of at most ${longest} characters`);
    return text;
  }
  return undefined;
}

function sequenceOf(at: string, roots: Roots): number | undefined {
  const value = valueAt(at, roots);
  if (value === undefined || value === null) return undefined;
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Fault('sequence', 'must be a whole number');
  return value as number;
}

function timeOf(field: string, given: TimeOf | TimeOf[], roots: Roots): Date | undefined {
  for (const one of [given].flat()) {
    const value = valueAt(one.at, roots);
    if (value === undefined || value === null || value === '') continue;
    const time = parseTime(field, one, value, roots);
    if (time.getUTCFullYear() < 1970 || time.getUTCFullYear() > 9999) throw new Fault(field, 'is out of range');
    return time;
  }
  return undefined;
}

const CLOCK = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?$/;
const OFFSET = /(Z|[+-]\d\d:?\d\d)$/;
const OF_A_DAY = { 'first-day': startOfDay, 'last-day': endOfDay } as const;

function parseTime(field: string, { format, zone }: TimeOf, value: unknown, roots: Roots): Date {
  if (format === 'unix-seconds' || format === 'unix-milliseconds') {
    if (!Number.isSafeInteger(value)) throw new Fault(field, `must be ${format.replace('-', ' ')}`);
    return new Date((value as number) * (format === 'unix-seconds' ? 1000 : 1));
  }
  if (typeof value !== 'string') throw new Fault(field, 'must be text');
  if (format !== 'instant') return inZone(field, value, zoneOf(field, zone, roots), OF_A_DAY[format]);
  if (!CLOCK.test(value.replace(OFFSET, ''))) throw new Fault(field, 'must be a date and a time');
  if (OFFSET.test(value)) return inZone(field, value, 'UTC', instantOf);
  if (zone === undefined) throw new Fault(field, 'must have its offset');
  return inZone(field, value, zoneOf(field, zone, roots), onTheClock);
}

function inZone(field: string, value: string, zone: string, read: (value: string, zone: string) => Date): Date {
  try {
    return read(value, zone);
  } catch (error) {
    if (error instanceof RangeError) throw new Fault(field, `is none there is: ${error.message}`);
    throw error;
  }
}

function zoneOf(field: string, zone: TimeOf['zone'], roots: Roots): string {
  if (typeof zone === 'string') return zone;
  const said = zone && valueAt(zone.at, roots);
  const found = said === undefined || said === null || said === '' ? zone?.else : said;
  if (typeof found !== 'string') throw new Fault(field, 'has no time zone');
  return found;
}

/** Undefined where the path leads nowhere. Only what the payload itself says is there: nothing inherited. */
function valueAt(pointer: string, { payload, item }: Roots): unknown {
  const [root, ...steps] = pointer.split('.');
  return steps.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<string, unknown>)[step]
        : undefined,
    root === '@' ? item : payload,
  );
}
