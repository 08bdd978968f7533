/** One way to call a person: by an id of ours, or as the roster does. */
export type Reference = Readonly<Record<string, string>>;

export interface Shift {
  readonly shiftId: string;
  readonly name: string;
  readonly ward: string | null;
  readonly zone: string;
  readonly start: string;
  readonly end: string;
  readonly recurrence: string | null;
  readonly extraStarts: readonly string[];
  readonly exceptStarts: readonly string[];
  readonly changes: readonly object[];
  readonly staff: readonly Reference[];
  readonly workstations: readonly string[];
  readonly applications: readonly string[];
  readonly graceSeconds: number;
  readonly warnSeconds: number;
  readonly earlySeconds: number;
}

export interface Entry {
  readonly shiftId: string;
  readonly name: string;
  readonly ward: string | null;
  readonly zone: string;
  readonly occurrence: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly staff: readonly Reference[];
}

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;

/** The Monday of the week a day is in, by the clock of who looks; of today's, where no day is given. */
export function mondayOf(day: string | null, today: Date): Date {
  const [, year, month, date] = DAY.exec(day ?? '') ?? [];
  const found = year ? new Date(Number(year), Number(month) - 1, Number(date)) : today;
  return daysAfter(found, -((found.getDay() + 6) % 7));
}

/** At midnight, also where that day is 23 or 25 hours long. */
export const daysAfter = (day: Date, days: number): Date =>
  new Date(day.getFullYear(), day.getMonth(), day.getDate() + days);

export const dayOf = (date: Date): string =>
  [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0')).join('-');

/** Where on the week an entry lies, in per cent; what is before or after it is cut off. */
export function placeOf({ startsAt, endsAt }: Pick<Entry, 'startsAt' | 'endsAt'>, from: Date, to: Date) {
  const all = to.getTime() - from.getTime();
  const share = (at: string): number => Math.min(1, Math.max(0, (Date.parse(at) - from.getTime()) / all));
  const left = share(startsAt);
  return { left: `${left * 100}%`, width: `${(share(endsAt) - left) * 100}%` };
}

/** Wards, and in each its shifts with their times in order. What is of no ward comes last. */
export function rowsOf(
  entries: readonly Entry[],
): { ward: string | null; shifts: { shift: Entry; times: Entry[] }[] }[] {
  const wards = new Map<string | null, Map<string, Entry[]>>();
  for (const entry of entries) {
    const shifts = wards.get(entry.ward) ?? new Map<string, Entry[]>();
    wards.set(entry.ward, shifts.set(entry.shiftId, [...(shifts.get(entry.shiftId) ?? []), entry]));
  }
  return [...wards]
    .sort(([a], [b]) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1))
    .map(([ward, shifts]) => ({
      ward,
      shifts: [...shifts.values()].map((times) => {
        const inOrder = [...times].sort((a, b) => (a.startsAt < b.startsAt ? -1 : 1));
        return { shift: inOrder[0]!, times: inOrder };
      }),
    }));
}

/** One a line: an id, `email:…`, `employeeId:…`, or issuer and subject with a space between. */
export const staffText = (staff: readonly Reference[]): string => staff.map(referenceText).join('\n');

export function referenceText(reference: Reference): string {
  const { id, iss, sub, ...others } = reference;
  if (id !== undefined) return id;
  if (iss !== undefined) return `${iss} ${sub ?? ''}`;
  const [name, value] = Object.entries(others)[0] ?? ['', ''];
  return `${name}:${value}`;
}

export const staffOf = (text: string): Reference[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line): Reference => {
      const issued = /^(https?:\S+)\s+(\S+)$/.exec(line);
      if (issued) return { iss: issued[1]!, sub: issued[2]! };
      const named = /^(email|employeeId):(.+)$/.exec(line);
      return named ? { [named[1]!]: named[2]!.trim() } : { id: line };
    });
