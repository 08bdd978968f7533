import { afterStep, continuationOf, endsAtOf, extended, freshFrom, nextStep, plannedOf, type Duty } from './duty.js';

const at = (time: string): Date => new Date(`2026-11-24T${time}Z`);
const duty = (dutyId: string, from: string, to: string, given: Partial<Duty> = {}): Duty => ({
  dutyId,
  shiftId: `shift-${dutyId}`,
  occurrence: '2026-11-24T07:00:00',
  person: 'employeeId:E-1',
  subject: { employeeId: 'E-1' },
  startsAt: at(from),
  rosterEndsAt: at(to),
  extendedUntil: null,
  warnSeconds: 900,
  earlySeconds: 900,
  applications: null,
  workstations: null,
  state: 'planned',
  continuedAs: null,
  extension: null,
  ...given,
});
const stepsOf = (of: Duty): string[] => {
  const steps: string[] = [];
  for (let now = of, next = nextStep(now); next; now = afterStep(now, next.step), next = nextStep(now))
    steps.push(`${next.step} ${next.at.toISOString().slice(11, 16)}`);
  return steps;
};

describe('a duty', () => {
  it('begins, is warned of its end, and ends', () => {
    expect(stepsOf(duty('a', '07:00', '15:00'))).toEqual(['start 07:00', 'warn 14:45', 'end 15:00']);
    expect(stepsOf(duty('a', '07:00', '15:00', { warnSeconds: 0 }))).toEqual(['start 07:00', 'end 15:00']);
    expect(stepsOf(duty('a', '07:00', '07:10'))).toEqual(['start 07:00', 'warn 07:00', 'end 07:10']);
  });

  it('N-14 that is extended ends later, and is warned of once more; not earlier than the roster', () => {
    const decided = {
      reason: null,
      askedBy: 'a',
      askedAt: at('14:00'),
      state: 'approved',
      decidedBy: 'b',
      decidedAt: at('14:50'),
      decisionReason: null,
    } as const;
    const warned = duty('a', '07:00', '15:00', { state: 'warned' });
    const longer = extended(warned, { ...decided, until: at('16:00') });
    expect(stepsOf(longer)).toEqual(['warn 15:45', 'end 16:00']);
    expect(endsAtOf({ ...longer, rosterEndsAt: at('17:00') })).toEqual(at('17:00'));
  });
});

describe('SH-02 who goes from one duty to another', () => {
  const day = duty('day', '07:00', '15:10');
  const late = duty('late', '15:00', '22:00');

  it('keeps what they authenticated for in the later one, however the two overlap', () => {
    expect(continuationOf(day, [day, late])).toBe(late);
    expect(continuationOf(late, [day, late])).toBeUndefined();
    expect(continuationOf(day, [day, duty('later', '15:11', '22:00')])).toBeUndefined();
    expect(continuationOf(day, [day, duty('same', '07:00', '15:10')])).toBeUndefined();
  });

  it('does not where the later one holds at fewer places: there nothing would ever end them', () => {
    const some = { applications: ['ehr'], workstations: ['pc1'] };
    expect(continuationOf(day, [duty('late', '15:00', '22:00', some)])).toBeUndefined();
    const here = duty('day', '07:00', '15:10', some);
    expect(continuationOf(here, [late])).toBe(late);
    expect(continuationOf(here, [duty('late', '15:00', '22:00', { ...some, workstations: ['pc2'] })])).toBeUndefined();
    expect(
      continuationOf(here, [duty('late', '15:00', '22:00', { ...some, workstations: ['pc2', 'pc1'] })]),
    ).toBeDefined();
  });

  it('signs in anew when it begins; who comes from home a little earlier', () => {
    expect(freshFrom(late, [])).toEqual(at('14:45'));
    expect(freshFrom(late, [late])).toEqual(at('14:45'));
    expect(freshFrom(late, [day, late])).toEqual(at('15:00'));
    expect(freshFrom(late, [duty('early', '06:00', '14:50')])).toEqual(at('15:00'));
    expect(freshFrom(late, [duty('early', '06:00', '14:40')])).toEqual(at('14:45'));
  });
});

it('SH-04 is made of a shift for each person once, with its grace, and of all places where none is named', () => {
  const shift = {
    ...{ shiftId: 's', name: 's', ward: null, zone: 'UTC', start: '', end: '', recurrence: null },
    ...{ extraStarts: [], exceptStarts: [], changes: [], staff: [] },
    ...{
      workstations: [] as string[],
      applications: [] as string[],
      graceSeconds: 600,
      warnSeconds: 0,
      earlySeconds: 0,
    },
  };
  const staff = [{ employeeId: 'E-1' }, { email: 'Ann@Acme.example' }, { email: 'ann@acme.example' }];
  const occurrence = { occurrence: '2026-11-24T07:00:00', startsAt: at('07:00'), endsAt: at('15:00'), staff };
  expect(plannedOf(shift, occurrence)).toMatchObject([
    { person: 'employeeId:E-1', rosterEndsAt: at('15:10'), applications: null, workstations: null },
    { person: 'email:ann@acme.example' },
  ]);
  expect(plannedOf({ ...shift, workstations: ['pc1'] }, occurrence)[0]).toMatchObject({
    applications: [],
    workstations: ['pc1'],
  });
});
