import { readCalendar } from './read-icalendar.js';

const calendar = (...events: string[][]): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//a test//EN',
    ...events.flatMap((lines) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT']),
    'END:VCALENDAR',
  ].join('\r\n');
const NIGHT = [
  'UID:night-7@acme.example',
  'SUMMARY:Night\\, ward 7',
  'LOCATION:ward-7',
  'DTSTART;TZID=Europe/Berlin:20260101T220000',
  'DTEND;TZID=Europe/Berlin:20260102T060000',
  'RRULE:FREQ=WEEKLY;BYDAY=MO,TU;UNTIL=20261231T210000Z',
  'EXDATE;TZID=Europe/Berlin:20260105T220000,20260106T220000',
  'EXDATE:20260112T210000Z',
  'RDATE;TZID=America/New_York:20260109T160000',
  'ATTENDEE;CN=Ada;PARTSTAT=ACCEPTED:mailto:ada@acme.example',
  'ATTENDEE;PARTSTAT=DECLINED:mailto:bob@acme.example',
  'ATTENDEE;CUTYPE=ROOM:mailto:room@acme.example',
  'RESOURCES:WARD7-PC1,WARD7-PC2',
];
const read = (...events: string[][]) => readCalendar(calendar(...events), undefined);
const refused = (about: string) =>
  expect.objectContaining({ code: 'calendar_unreadable', message: expect.stringContaining(about) as string }) as Error;

describe('N-14 a calendar (RFC 5545)', () => {
  it('is read by the clock on the wall, whatever zone each of its times is in', () => {
    expect(read(NIGHT)).toEqual({
      cancelled: [],
      shifts: [
        {
          uid: 'night-7@acme.example',
          name: 'Night, ward 7',
          ward: 'ward-7',
          zone: 'Europe/Berlin',
          start: '2026-01-01T22:00:00',
          end: '2026-01-02T06:00:00',
          recurrence: 'FREQ=WEEKLY;BYDAY=MO,TU;UNTIL=20261231T210000Z',
          extraStarts: ['2026-01-09T22:00:00'],
          exceptStarts: ['2026-01-05T22:00:00', '2026-01-06T22:00:00', '2026-01-12T22:00:00'],
          changes: [],
          staff: [{ email: 'ada@acme.example' }],
          workstations: ['WARD7-PC1', 'WARD7-PC2'],
        },
      ],
    });
  });

  it('has instances that differ, and such as do not take place', () => {
    const moved = [
      'UID:night-7@acme.example',
      'RECURRENCE-ID;TZID=Europe/Berlin:20260113T220000',
      'DTSTART;TZID=Europe/Berlin:20260113T230000',
      'DURATION:PT7H',
      'ATTENDEE:mailto:cy@acme.example',
    ];
    const off = [
      'UID:night-7@acme.example',
      'RECURRENCE-ID:20260119T210000Z',
      'STATUS:CANCELLED',
      'DTSTART:20260119T210000Z',
    ];
    const [shift] = read(NIGHT, moved, off).shifts;
    expect(shift!.changes).toEqual([
      {
        occurrence: '2026-01-13T22:00:00',
        start: '2026-01-13T23:00:00',
        end: '2026-01-14T06:00:00',
        staff: [{ email: 'cy@acme.example' }],
      },
    ]);
    expect(shift!.exceptStarts).toContain('2026-01-19T22:00:00');
  });

  it('may cancel a shift, and name zones that only its reader can tell', () => {
    const outlook = ['UID:a', 'DTSTART;TZID=W. Europe Standard Time:20260101T220000', 'DURATION:PT8H'];
    expect(() => read(outlook)).toThrow(refused('W. Europe Standard Time'));
    expect(readCalendar(calendar(outlook), 'Europe/Berlin').shifts[0]).toMatchObject({
      zone: 'Europe/Berlin',
      recurrence: null,
    });
    expect(read(['UID:b', 'STATUS:CANCELLED', 'DTSTART:20260101T220000Z'])).toEqual({ shifts: [], cancelled: ['b'] });
  });

  it.each([
    ['no UID', ['DTSTART:20260101T220000Z', 'DURATION:PT8H']],
    ['no DTSTART', ['UID:a', 'DURATION:PT8H']],
    ['neither DTEND', ['UID:a', 'DTSTART:20260101T220000Z']],
    ['must be a time', ['UID:a', 'DTSTART;VALUE=DATE:20260101', 'DURATION:P1D']],
    ['only one RRULE', ['UID:a', 'DTSTART:20260101T220000Z', 'DURATION:PT8H', 'RRULE:FREQ=DAILY', 'RRULE:FREQ=WEEKLY']],
    [
      'RANGE',
      ['UID:a', 'RECURRENCE-ID;RANGE=THISANDFUTURE:20260101T220000Z', 'DTSTART:20260101T220000Z', 'DURATION:PT8H'],
    ],
    ['mailto', ['UID:a', 'DTSTART:20260101T220000Z', 'DURATION:PT8H', 'ATTENDEE:urn:uuid:1']],
  ])('with a fault is refused with what is wrong: %s', (about, lines) => {
    const master = ['UID:a', 'DTSTART:20260101T220000Z', 'DURATION:PT8H'];
    expect(() => (about === 'RANGE' ? read(master, lines) : read(lines))).toThrow(refused(about));
  });

  it.each([
    '',
    'nonsense',
    'BEGIN:VCALENDAR\r\nEND:VCALENDAR',
    '{"a":1}',
    'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR',
  ])('that is none is refused: %j', (text) => {
    expect(() => readCalendar(text, undefined)).toThrow(refused(''));
  });
});
