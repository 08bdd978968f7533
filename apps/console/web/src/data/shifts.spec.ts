import { dayOf, daysAfter, mondayOf, placeOf, rowsOf, staffOf, staffText, type Entry, type Reference } from './shifts';

const entry = (shiftId: string, ward: string | null, startsAt: string): Entry => ({
  ...{ shiftId, ward, startsAt, name: shiftId, zone: 'UTC', occurrence: startsAt, endsAt: startsAt, staff: [] },
});

it.each([
  ['2026-11-25', '2026-11-23'],
  ['2026-11-23', '2026-11-23'],
  ['2026-11-29', '2026-11-23'],
  ['2026-01-01', '2025-12-29'],
  ['nonsense', '2026-11-23'],
  [null, '2026-11-23'],
])('the week of %s begins on %s', (day, monday) =>
  expect(dayOf(mondayOf(day, new Date(2026, 10, 25, 12)))).toBe(monday),
);

it('a week has seven days, also where clocks change', () => {
  const monday = mondayOf('2026-03-25', new Date());
  expect(dayOf(daysAfter(monday, 7))).toBe('2026-03-30');
  expect(daysAfter(monday, 7).getHours()).toBe(0);
});

it('what reaches into the week or out of it is cut where the week ends', () => {
  const [from, to] = [new Date('2026-11-23T00:00:00Z'), new Date('2026-11-30T00:00:00Z')];
  const place = (startsAt: string, endsAt: string) => placeOf({ startsAt, endsAt }, from, to);
  expect(place('2026-11-22T12:00:00Z', '2026-11-23T16:48:00Z')).toEqual({ left: '0%', width: '10%' });
  const last = place('2026-11-29T07:12:00Z', '2026-12-01T00:00:00Z');
  expect([last.left, parseFloat(last.width)]).toEqual(['90%', expect.closeTo(10)]);
});

it('shifts stand under their ward, those of none last, each with its times in order', () => {
  const rows = rowsOf([
    entry('b', null, '2'),
    entry('a', 'nine', '3'),
    entry('a', 'nine', '1'),
    entry('c', 'eight', '1'),
  ]);
  expect(
    rows.map(({ ward, shifts }) => [ward, shifts.map(({ times }) => times.map(({ startsAt }) => startsAt))]),
  ).toEqual([
    ['eight', [['1']]],
    ['nine', [['1', '3']]],
    [null, [['2']]],
  ]);
});

it('people are written one a line, and read back as they were', () => {
  const staff: Reference[] = [
    { id: 'ada' },
    { email: 'bob@acme.test' },
    { employeeId: '77' },
    { iss: 'https://id.acme.test', sub: 'carl' },
  ];
  expect(staffOf(staffText(staff))).toEqual(staff);
  expect(staffOf('  ada \n\n email: b@c.d ')).toEqual([{ id: 'ada' }, { email: 'b@c.d' }]);
});
