import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { assertSchedule, occurrencesOf } from './calendar.js';
import type { Schedule } from './shift.js';

const schedule = (given: Partial<Schedule> = {}): Schedule & { staff: [] } => ({
  zone: 'Europe/Berlin',
  start: '2026-01-01T22:00:00',
  end: '2026-01-02T06:00:00',
  recurrence: 'FREQ=DAILY',
  extraStarts: [],
  exceptStarts: [],
  changes: [],
  staff: [],
  ...given,
});
const ends = (of: Partial<Schedule>, from: string, to: string): string[] =>
  occurrencesOf(schedule(of), new Date(from), new Date(to)).map(({ endsAt }) => endsAt.toISOString());
const names = (of: Partial<Schedule>, from: string, to: string): string[] =>
  occurrencesOf(schedule(of), new Date(from), new Date(to)).map(({ occurrence }) => occurrence);

describe('F-43 the nights clocks change', () => {
  it('a night shift ends when the clock shows six, after seven hours, eight, or nine', () => {
    expect(ends({}, '2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z')).toEqual(['2026-03-29T04:00:00.000Z']);
    expect(ends({}, '2026-06-01T12:00:00Z', '2026-06-02T12:00:00Z')).toEqual(['2026-06-02T04:00:00.000Z']);
    expect(ends({}, '2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z')).toEqual(['2026-10-25T05:00:00.000Z']);
  });

  it('N-14 one that ends at 02:30 ends once: an hour later where that is left out, at the first where it comes twice', () => {
    const night = { start: '2026-01-01T18:00:00', end: '2026-01-02T02:30:00' };
    expect(ends(night, '2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z')).toEqual(['2026-03-29T01:30:00.000Z']);
    expect(ends(night, '2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z')).toEqual(['2026-10-25T00:30:00.000Z']);
  });

  it('a day that a zone leaves out altogether has its shift on the next one', () => {
    const day = { zone: 'Pacific/Apia', start: '2011-12-29T08:00:00', end: '2011-12-29T16:00:00' };
    expect(ends(day, '2011-12-28T00:00:00Z', '2012-01-01T00:00:00Z').length).toBeGreaterThanOrEqual(2);
  });
});

it('what began before it is looked at is found as long as it is under way', () => {
  expect(ends({}, '2026-06-02T03:00:00Z', '2026-06-02T03:10:00Z')).toEqual(['2026-06-02T04:00:00.000Z']);
  expect(ends({}, '2026-06-02T04:00:01Z', '2026-06-02T04:10:00Z')).toEqual([]);
});

it('F-43 29 February: what falls on it waits for the next one, and a night over it ends in March', () => {
  const leap = { start: '2024-02-29T22:00:00', end: '2024-03-01T06:00:00', recurrence: 'FREQ=YEARLY' };
  expect(names(leap, '2024-01-01T00:00:00Z', '2029-01-01T00:00:00Z')).toEqual([
    '2024-02-29T22:00:00',
    '2028-02-29T22:00:00',
  ]);
  expect(ends({}, '2028-02-29T12:00:00Z', '2028-03-01T12:00:00Z')).toEqual(['2028-03-01T05:00:00.000Z']);
  expect(ends({}, '2028-02-28T12:00:00Z', '2028-02-29T12:00:00Z')).toEqual(['2028-02-29T05:00:00.000Z']);
});

describe('a rule', () => {
  it('has exceptions, extra times and changed ones, each by the hour it would have begun', () => {
    const of = {
      recurrence: 'FREQ=DAILY;COUNT=4',
      exceptStarts: ['2026-01-02T22:00:00'],
      extraStarts: ['2026-01-03T08:00:00'],
      changes: [
        { occurrence: '2026-01-03T22:00:00', start: '2026-01-03T23:00:00', end: '2026-01-04T02:00:00', staff: [] },
      ],
    };
    expect(
      occurrencesOf(schedule(of), new Date('2026-01-01T00:00:00Z'), new Date('2026-02-01T00:00:00Z')).map(
        ({ occurrence, startsAt, endsAt }) => [occurrence, startsAt.toISOString(), endsAt.toISOString()],
      ),
    ).toEqual([
      ['2026-01-01T22:00:00', '2026-01-01T21:00:00.000Z', '2026-01-02T05:00:00.000Z'],
      ['2026-01-03T08:00:00', '2026-01-03T07:00:00.000Z', '2026-01-03T15:00:00.000Z'],
      ['2026-01-03T22:00:00', '2026-01-03T22:00:00.000Z', '2026-01-04T01:00:00.000Z'],
      ['2026-01-04T22:00:00', '2026-01-04T21:00:00.000Z', '2026-01-05T05:00:00.000Z'],
    ]);
  });

  it.each([
    ['an instant', 'FREQ=DAILY;UNTIL=20260103T210000Z', 3],
    ['an instant, one second too early for the third', 'FREQ=DAILY;UNTIL=20260103T205959Z', 2],
    ['the clock on the wall', 'FREQ=DAILY;UNTIL=20260103T220000', 3],
    ['a day', 'FREQ=DAILY;UNTIL=20260103', 3],
  ])('ends at UNTIL, which is %s', (_, recurrence, count) => {
    expect(names({ recurrence }, '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z')).toHaveLength(count);
  });

  it.each([
    'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2',
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=DAILY;BYDAY=MO;INTERVAL=7000',
  ])('that hardly ever comes true costs next to nothing: %s', (recurrence) => {
    expect(names({ recurrence }, '2026-05-01T00:00:00Z', '2026-05-09T00:00:00Z')).toEqual([]);
  });

  it.each<[string, Partial<Schedule>]>([
    ['recurrence', { recurrence: 'FREQ=SECONDLY' }],
    ['recurrence', { recurrence: 'FREQ=HOURLY;COUNT=3' }],
    ['recurrence', { recurrence: 'FREQ=DAILY;COUNT=6000' }],
    ['recurrence', { recurrence: 'every day' }],
    ['recurrence', { recurrence: 'FREQ=DAILY;INTERVAL=0' }],
    ['recurrence', { recurrence: 'FREQ=WEEKLY;BYMONTHDAY=3' }],
    ['zone', { zone: 'Middle/Earth' }],
    ['end', { end: '2026-01-01T22:00:00' }],
    ['end', { end: '2026-01-05T22:00:00' }],
    ['start', { start: '2026-02-30T22:00:00' }],
    ['exceptStarts', { exceptStarts: ['tomorrow'] }],
    ['changes.0', { changes: [{ occurrence: 'x', start: 'x', end: 'x', staff: null }] }],
  ])('with a fault in its %s is refused by name', (field, given) => {
    expect(() => assertSchedule(schedule(given))).toThrow(
      expect.objectContaining({
        code: 'unprocessable_field',
        more: { errors: [{ field, message: expect.any(String) as string }] },
      }) as Error,
    );
  });

  it('that is sound passes', () => {
    expect(() => assertSchedule(schedule({ recurrence: 'FREQ=WEEKLY;BYDAY=MO,WE;INTERVAL=2;WKST=SU' }))).not.toThrow();
    expect(() => assertSchedule(schedule({ recurrence: null }))).not.toThrow();
  });
});

describe('whatever the zone', () => {
  const ZONES = [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'Asia/Kathmandu',
    'UTC',
  ];
  const anyDaily = fc.record({
    zone: fc.constantFrom(...ZONES),
    hour: fc.integer({ min: 0, max: 23 }),
    minute: fc.constantFrom(0, 15, 30, 45),
    hours: fc.integer({ min: 1, max: 24 }),
    day: fc.integer({ min: 0, max: 1_400 }),
  });
  const daily = ({ zone, hour, minute, hours }: { zone: string; hour: number; minute: number; hours: number }) => {
    const start = Temporal.PlainDateTime.from({ year: 2025, month: 1, day: 1, hour, minute });
    return schedule({
      zone,
      start: start.toString({ smallestUnit: 'second' }),
      end: start.add({ hours }).toString({ smallestUnit: 'second' }),
    });
  };

  it('F-43 each day has one shift, and its clock shows the hour of the roster when it ends, unless that hour is left out', () => {
    fc.assert(
      fc.property(anyDaily, (given) => {
        const shift = daily(given);
        const from = new Date(Date.UTC(2025, 0, 3 + given.day));
        const found = occurrencesOf(shift, from, new Date(from.getTime() + 10 * 86_400_000));
        const days = found.map(({ occurrence }) => occurrence.slice(0, 10));
        expect(new Set(days).size).toBe(days.length);
        for (const [at, { startsAt, endsAt }] of found.entries()) {
          const shown = Temporal.Instant.fromEpochMilliseconds(endsAt.getTime()).toZonedDateTimeISO(given.zone);
          const wanted = Temporal.PlainTime.from(shift.end.slice(11));
          const before = shown.subtract({ hours: 2 }).offsetNanoseconds !== shown.offsetNanoseconds;
          if (!before) expect(shown.toPlainTime().toString()).toBe(wanted.toString());
          expect(endsAt >= startsAt).toBe(true);
          if (at > 0) expect(startsAt > found[at - 1]!.startsAt).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('nothing is missed or found twice, however the time is cut into pieces', () => {
    fc.assert(
      fc.property(
        anyDaily,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
        (given, cuts) => {
          const shift = daily(given);
          let from = new Date(Date.UTC(2025, 0, 3 + given.day));
          const begin = from;
          const pieces = new Map<string, string>();
          for (const hours of cuts) {
            const to = new Date(from.getTime() + hours * 3_600_000);
            for (const { occurrence, endsAt } of occurrencesOf(shift, from, to)) {
              const known = pieces.get(occurrence);
              expect(known ?? endsAt.toISOString()).toBe(endsAt.toISOString());
              pieces.set(occurrence, endsAt.toISOString());
            }
            from = to;
          }
          const whole = occurrencesOf(shift, begin, from).map(({ occurrence }) => occurrence);
          expect([...pieces.keys()].sort()).toEqual(whole.sort());
        },
      ),
      { numRuns: 30 },
    );
  });
});
