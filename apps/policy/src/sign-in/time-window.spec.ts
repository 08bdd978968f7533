import { canonicalTimeZone, DAYS, isInWindow, localTime, type Day, type TimeWindow } from './time-window.js';

const NIGHT = { from: '18:00', to: '08:00' };
const isIn = (at: string, timeZone: string, days: readonly Day[], hours: Pick<TimeWindow, 'from' | 'to'>): boolean =>
  isInWindow({ days, ...hours, timeZone }, localTime(new Date(at), timeZone));

describe('SP-25 a time window', () => {
  it('holds from its first minute until before its last, by the clocks of its place', () => {
    const office = (at: string) => isIn(at, 'Europe/Berlin', ['mon'], { from: '09:00', to: '17:00' });
    // 2026-11-02 is a Monday, Berlin an hour ahead.
    expect(office('2026-11-02T07:59:59.999Z')).toBe(false);
    expect(office('2026-11-02T08:00:00.000Z')).toBe(true);
    expect(office('2026-11-02T15:59:59.999Z')).toBe(true);
    expect(office('2026-11-02T16:00:00.000Z')).toBe(false);
    expect(office('2026-11-03T08:00:00.000Z')).toBe(false);
  });

  it('over midnight is of the day it begins on', () => {
    const friday = (at: string) => isIn(at, 'UTC', ['fri'], NIGHT);
    expect(friday('2026-11-06T07:59:00Z')).toBe(false); // the night of Thursday
    expect(friday('2026-11-06T18:00:00Z')).toBe(true);
    expect(friday('2026-11-06T23:59:59Z')).toBe(true);
    expect(friday('2026-11-07T00:00:00Z')).toBe(true);
    expect(friday('2026-11-07T07:59:59Z')).toBe(true);
    expect(friday('2026-11-07T08:00:00Z')).toBe(false);
    expect(friday('2026-11-07T18:00:00Z')).toBe(false); // Saturday has none
    expect(isIn('2026-11-09T00:30:00Z', 'UTC', ['sun'], NIGHT)).toBe(true); // into the next week
  });

  it('may last to the end of a day', () => {
    const all = { from: '00:00', to: '24:00' };
    expect(isIn('2026-11-06T23:59:59.999Z', 'UTC', ['fri'], all)).toBe(true);
    expect(isIn('2026-11-07T00:00:00.000Z', 'UTC', ['fri'], all)).toBe(false);
  });

  it('is of the day it is there, not here', () => {
    const noon = { from: '00:00', to: '24:00' };
    const at = '2026-11-01T11:30:00Z'; // a Sunday; Monday in Kiritimati
    expect(isIn(at, 'Pacific/Kiritimati', ['mon'], noon)).toBe(true);
    expect(isIn(at, 'Pacific/Pago_Pago', ['sun'], noon)).toBe(true);
    expect(isIn(at, 'Asia/Kathmandu', ['sun'], { from: '17:15', to: '17:16' })).toBe(true);
  });

  it('follows the clocks into summer time: the hour that is left out is in no window', () => {
    const at = (time: string) => isIn(time, 'Europe/Berlin', ['sun'], { from: '02:00', to: '03:00' });
    // On 2026-03-29 01:00Z the clocks go from 02:00 to 03:00.
    for (let minute = 0; minute < 180; minute++)
      expect(at(new Date(Date.parse('2026-03-29T00:00:00Z') + minute * 60_000).toISOString())).toBe(false);
    expect(isIn('2026-03-29T01:00:00Z', 'Europe/Berlin', ['sun'], { from: '03:00', to: '04:00' })).toBe(true);
    expect(isIn('2026-03-29T06:30:00Z', 'Europe/Berlin', ['sat'], NIGHT)).toBe(false); // 08:30 there already
    expect(isIn('2026-03-28T06:30:00Z', 'Europe/Berlin', ['fri'], NIGHT)).toBe(true); // 07:30 the day before
  });

  it('and back: the hour that comes twice is in its window twice', () => {
    // On 2026-10-25 01:00Z the clocks go from 03:00 back to 02:00.
    for (const time of ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'])
      expect(isIn(time, 'Europe/Berlin', ['sun'], { from: '02:00', to: '03:00' })).toBe(true);
    expect(isIn('2026-10-24T23:59:00Z', 'Europe/Berlin', ['sun'], { from: '02:00', to: '03:00' })).toBe(false);
    expect(isIn('2026-10-25T02:00:00Z', 'Europe/Berlin', ['sun'], { from: '02:00', to: '03:00' })).toBe(false);
  });

  it('knows 29 February', () => {
    const night = (at: string, day: Day) => isIn(at, 'UTC', [day], NIGHT);
    expect(night('2028-02-29T20:00:00Z', 'tue')).toBe(true);
    expect(night('2028-03-01T07:00:00Z', 'tue')).toBe(true);
    expect(night('2028-03-01T07:00:00Z', 'wed')).toBe(false);
    expect(night('2027-03-01T07:00:00Z', 'sun')).toBe(true); // after 28 February 2027
    expect(localTime(new Date('2028-02-29T23:30:00Z'), 'Europe/Berlin')).toEqual({ day: 'wed', time: '00:30' });
  });
});

it('midnight is 00:00, every day has its name', () => {
  const days = DAYS.map((_, at) => localTime(new Date(Date.UTC(2026, 10, 2 + at)), 'UTC'));
  expect(days).toEqual(DAYS.map((day) => ({ day, time: '00:00' })));
});

it('a time zone is one of the IANA database, by one name', () => {
  expect(canonicalTimeZone('europe/berlin')).toBe('Europe/Berlin');
  expect(canonicalTimeZone('UTC')).toBe('UTC');
  for (const name of ['', 'Europe/Atlantis', '+01:00', '-0500', 'Europe/Berlin ', '../etc'])
    expect(canonicalTimeZone(name)).toBeUndefined();
});
