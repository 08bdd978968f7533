import fc from 'fast-check';
import { endOfDay, onTheClock, startOfDay } from './local-time.js';

const HOUR = 3_600_000;

/** The last two columns: the end of that day, and how many hours it had. */
describe('the end of somebody’s last day', () => {
  it.each([
    ['a Friday like any other', '2026-11-27', 'Europe/Berlin', '2026-11-27T23:00:00.000Z', 24],
    ['the night clocks go forward', '2026-03-29', 'Europe/Berlin', '2026-03-29T22:00:00.000Z', 23],
    ['the night they go back', '2026-10-25', 'Europe/Berlin', '2026-10-25T23:00:00.000Z', 25],
    ['forward, in New York', '2026-03-08', 'America/New_York', '2026-03-09T04:00:00.000Z', 23],
    ['back, in New York', '2026-11-01', 'America/New_York', '2026-11-02T05:00:00.000Z', 25],
    ['by half an hour, on Lord Howe', '2026-10-04', 'Australia/Lord_Howe', '2026-10-04T13:00:00.000Z', 23.5],
    ['before a day that has no midnight, in Cairo', '2026-04-23', 'Africa/Cairo', '2026-04-23T22:00:00.000Z', 24],
    ['the day that has none', '2026-04-24', 'Africa/Cairo', '2026-04-24T21:00:00.000Z', 23],
    ['whose last hour comes twice, in Cairo', '2026-10-29', 'Africa/Cairo', '2026-10-29T22:00:00.000Z', 25],
    ['before a midnight that comes twice, in Havana', '2026-10-31', 'America/Havana', '2026-11-01T04:00:00.000Z', 24],
    ['a leap day', '2028-02-29', 'Asia/Kolkata', '2028-02-29T18:30:00.000Z', 24],
    ['before a day Samoa never had', '2011-12-29', 'Pacific/Apia', '2011-12-30T10:00:00.000Z', 24],
    ['New Year’s Eve, first', '2026-12-31', 'Pacific/Kiritimati', '2026-12-31T10:00:00.000Z', 24],
    ['New Year’s Eve, last', '2026-12-31', 'Etc/GMT+12', '2027-01-01T12:00:00.000Z', 24],
  ])('%s', (_, date, zone, end, hours) => {
    expect(endOfDay(date, zone).toISOString()).toBe(end);
    expect(endOfDay(date, zone).getTime() - startOfDay(date, zone).getTime()).toBe(hours * HOUR);
  });

  it('is the start of the next, and shows that date no more; a moment before, it does', () => {
    const days = fc.date({
      min: new Date('2026-01-01T00:00:00Z'),
      max: new Date('2029-12-31T00:00:00Z'),
      noInvalidDate: true,
    });
    const zones = fc.constantFrom(
      'Europe/Berlin',
      'America/New_York',
      'Africa/Cairo',
      'America/Havana',
      'Asia/Kathmandu',
    );
    fc.assert(
      fc.property(days, zones, (day, zone) => {
        const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
        const date = day.toISOString().slice(0, 10);
        const end = endOfDay(date, zone);
        expect(shown.format(end.getTime() - 1)).toBe(date);
        expect(shown.format(end) > date).toBe(true);
        expect(end).toEqual(startOfDay(shown.format(end), zone));
      }),
      { numRuns: 200 },
    );
  });

  it.each(['2027-02-29', '2026-04-31', '2026-00-10', '2026-1-1', '20260101', '2026-01-01T00:00', ''])(
    'is no day of %s',
    (date) => expect(() => endOfDay(date, 'UTC')).toThrow(RangeError),
  );
});

it('a time on the clock that comes twice is the first, one that is skipped comes after the gap', () => {
  expect(onTheClock('2026-10-25T02:30:00', 'Europe/Berlin').toISOString()).toBe('2026-10-25T00:30:00.000Z');
  expect(onTheClock('2026-03-29T02:30:00', 'Europe/Berlin').toISOString()).toBe('2026-03-29T01:30:00.000Z');
});
