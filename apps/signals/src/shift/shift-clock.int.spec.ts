import { randomUUID } from 'node:crypto';
import {
  DutyEndAnnouncedV1,
  DutyEndedV1,
  DutyStartedV1,
  SignalReceivedV1,
  type CurfewEvent,
  type DutyFacts,
} from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { openServiceDatabase, type ServiceDatabase } from '@curfew/testing';
import fc from 'fast-check';
import { GuardSource } from '../guard/guard-source.js';
import { GuardStore } from '../guard/guard.store.js';
import { ReceiveSignal } from '../signal/receive-signal.js';
import { SignalStore } from '../signal/signal.store.js';
import { signals } from '../signals.module.js';
import { occurrencesOf } from './calendar.js';
import { DutyStore } from './duty.store.js';
import { ExtendDuty } from './extend-duty.js';
import { PlanDuties } from './plan-duties.js';
import { SaveShift } from './save-shift.js';
import { ShiftClock } from './shift-clock.js';
import { ShiftStore } from './shift.store.js';
import type { Shift } from './shift.js';

jest.setTimeout(60_000);

const HOUR = 3_600_000;

describe('the shift clock', () => {
  let db: ServiceDatabase;
  let shifts: ShiftStore;
  let duties: DutyStore;
  let tenant: string;
  beforeAll(async () => {
    db = await openServiceDatabase('signals', signals.migrations);
    shifts = new ShiftStore(db.sweeper);
    duties = new DutyStore(db.sweeper);
  });
  beforeEach(() => (tenant = randomUUID()));
  // What is left over is not looked at by the next clock.
  const nobodyElse = () => db.owner.query('TRUNCATE shifts, duties');
  afterEach(nobodyElse);
  afterAll(() => db.close());

  /** As another instance has it: what keeps them apart is PostgreSQL. */
  const unitOfWork = () => new UnitOfWork(db.dataSource, 'signals', () => undefined);
  const instance = (of = duties): ShiftClock => {
    const receive = new ReceiveSignal(
      unitOfWork(),
      new SignalStore(db.sweeper),
      new GuardSource(new GuardStore(db.sweeper)),
    );
    return new ShiftClock(unitOfWork(), shifts, of, new PlanDuties(of), receive, db.log);
  };
  const by = (actor = 'key:1') => ({ tenant, actor });
  const calendar = () => new SaveShift(unitOfWork(), shifts, new PlanDuties(duties));
  const set = (when: Date | string) =>
    db.owner.query(`UPDATE test_clock SET ahead = $1::timestamptz - clock_timestamp()`, [when]);
  const work = async (...clocks: ShiftClock[]): Promise<void> => {
    await Promise.all(
      clocks.map(async (clock) => {
        while (await clock.tick());
      }),
    );
  };
  const shiftOf = (given: Partial<Shift> = {}): Shift => ({
    shiftId: 'night',
    name: 'Night',
    ward: null,
    zone: 'Europe/Berlin',
    start: '2026-01-01T22:00:00',
    end: '2026-01-02T06:00:00',
    recurrence: 'FREQ=DAILY',
    extraStarts: [],
    exceptStarts: [],
    changes: [],
    staff: [{ employeeId: 'E-1' }],
    workstations: [],
    applications: [],
    graceSeconds: 0,
    warnSeconds: 900,
    earlySeconds: 900,
    ...given,
  });
  const put = (...given: Partial<Shift>[]) => calendar().execute(by(), given.map(shiftOf));
  const told = async <T = DutyFacts>(type?: { readonly type: string }): Promise<CurfewEvent<T>[]> => {
    const { rows } = await db.owner.query<{ message: string }>(
      'SELECT message FROM outbox WHERE tenant = $1 ORDER BY id',
      [tenant],
    );
    return rows
      .map(({ message }) => JSON.parse(message) as CurfewEvent<T>)
      .filter((event) => type === undefined || event.type === type.type);
  };
  const endsTold = async () => (await told(DutyEndedV1)).map(({ data }) => data.endsAt);
  const endSignals = async () =>
    (
      await told<{ signalType: string; order: { occurredAt: string }; subject: object; limits: object }>(
        SignalReceivedV1,
      )
    )
      .filter(({ data }) => data.signalType === 'shift.ended')
      .map(({ data }) => data);

  it('SH-01 begins a duty, announces its end, and ends it at its hour, as signals of what is meant', async () => {
    await set('2026-06-01T12:00:00Z');
    await put({ applications: ['ehr'], workstations: ['pc1'], graceSeconds: 600 });
    const clock = instance();
    await work(clock);
    expect(await told(DutyStartedV1)).toEqual([]);
    await set('2026-06-01T20:00:00Z');
    await work(clock);
    expect((await told<{ freshFrom: string }>(DutyStartedV1)).map(({ data }) => data.freshFrom)).toEqual([
      '2026-06-01T19:45:00.000Z',
    ]);
    await set('2026-06-02T03:54:59Z');
    await work(clock);
    expect(await told(DutyEndAnnouncedV1)).toEqual([]);
    await set('2026-06-02T03:55:00Z');
    await work(clock);
    expect((await told(DutyEndAnnouncedV1)).map(({ data }) => data)).toMatchObject([
      { shiftId: 'night', occurrence: '2026-06-01T22:00:00', endsAt: '2026-06-02T04:10:00.000Z', devices: ['pc1'] },
    ]);
    expect(await endSignals()).toEqual([]);
    await set('2026-06-02T04:10:00Z');
    await work(clock);
    expect(await endSignals()).toMatchObject([
      {
        subject: { employeeId: 'E-1' },
        order: { source: 'calendar:shifts', occurredAt: '2026-06-02T04:10:00.000Z' },
        limits: { authenticatedUpTo: '2026-06-02T04:10:00.000Z', applications: ['ehr'], devices: ['pc1'] },
      },
    ]);
  });

  it('F-05 F-43 each end once, at its instant and in order, whatever the zone, the nights, and how instances and time run', async () => {
    const anyPlan = fc.record({
      zone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca'),
      // Around the nights clocks change there, and 29 February.
      from: fc.constantFrom(
        '2026-03-28',
        '2026-10-24',
        '2026-03-07',
        '2026-10-31',
        '2026-04-04',
        '2026-02-14',
        '2028-02-27',
      ),
      hours: fc.array(
        fc.record({
          start: fc.integer({ min: 0, max: 23 }),
          half: fc.boolean(),
          length: fc.integer({ min: 1, max: 13 }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      leaps: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 6 }),
    });
    const hour = { start: 0, half: false, length: 11 };
    const endsAsItIsSaved = { zone: 'Australia/Lord_Howe', from: '2026-03-28', hours: [hour], leaps: [1, 1] };
    await fc.assert(
      fc.asyncProperty(anyPlan, async ({ zone, from, hours, leaps }) => {
        tenant = randomUUID();
        await nobodyElse();
        const plans = hours.map(({ start, half, length }, at) => {
          const minute = half ? 30 : 0;
          const first = new Date(Date.UTC(2025, 0, 1, start, minute));
          const wall = (when: Date) => when.toISOString().slice(0, 19);
          return shiftOf({
            shiftId: `s${at}`,
            zone,
            start: wall(first),
            end: wall(new Date(first.getTime() + length * HOUR)),
            staff: [{ employeeId: `E-${at}` }, { email: `e${at}@acme.example` }],
          });
        });
        let now = new Date(`${from}T00:00:00Z`);
        const begin = now;
        await set(now);
        await calendar().execute(by(), plans);
        const clocks = [instance(), instance()];
        for (const leap of leaps) {
          now = new Date(now.getTime() + leap * HOUR);
          await set(now);
          await work(...clocks);
          for (const end of await endsTold()) expect(Date.parse(end)).toBeLessThanOrEqual(now.getTime() + 5_000);
        }
        const wanted = plans
          .flatMap((shift) => occurrencesOf(shift, begin, now))
          // The clock went on before they were saved: what ended as it began was past by then, and is not caught up on.
          .flatMap(({ endsAt }) =>
            endsAt > begin && endsAt <= now ? [endsAt.toISOString(), endsAt.toISOString()] : [],
          )
          .sort();
        const ends = await endsTold();
        expect([...ends].sort()).toEqual(wanted);
        // One after the other, as far as they came in one go: never an earlier one after a later one.
        const sorted = ends.every((end, at) => at === 0 || end >= ends[at - 1]!);
        expect(sorted).toBe(true);
        expect((await endSignals()).length).toBe(wanted.length);
      }),
      { numRuns: 4, examples: [[endsAsItIsSaved]] },
    );
  });

  it('comes late after a crash between two of its steps, and then once', async () => {
    await set('2026-06-01T21:00:00Z');
    await put({});
    await work(instance());
    await set('2026-06-02T04:00:01Z');
    /** What it has told is in its transaction, which does not come to its end. */
    const dying = new (class extends DutyStore {
      override async put(): Promise<void> {
        await Promise.resolve();
        throw new Error('killed');
      }
    })(db.sweeper);
    await expect(instance(dying).tick()).rejects.toThrow('killed');
    expect(await endsTold()).toEqual([]);
    await set('2026-06-04T12:00:00Z');
    await work(instance(), instance(), instance());
    expect(await endsTold()).toEqual([
      '2026-06-02T04:00:00.000Z',
      '2026-06-03T04:00:00.000Z',
      '2026-06-04T04:00:00.000Z',
    ]);
    expect(await endSignals()).toHaveLength(3);
  });

  it('F-43 follows new rules of a zone: what is planned moves, what has ended stays ended, and nothing ends twice', async () => {
    await set('2026-06-01T11:00:00Z');
    await put({}, { shiftId: 'day', start: '2026-01-01T05:00:00', end: '2026-01-01T13:30:00' });
    await work(instance());
    /** As older rules would have had it, by which it was an hour earlier there. */
    const byOldRules = () =>
      db.owner.query(`
        UPDATE duties SET starts_at = starts_at + interval '1 hour', roster_ends_at = roster_ends_at + interval '1 hour', next_at = next_at + interval '1 hour'
          WHERE next_at IS NOT NULL;
        UPDATE shifts SET zone_rules = '2001a'`);
    await set('2026-06-01T11:25:00Z');
    await work(instance());
    await byOldRules();
    // By the rules of today again, though nobody would look at it for some minutes yet.
    await set('2026-06-01T11:30:00Z');
    await work(instance());
    expect(await endsTold()).toEqual(['2026-06-01T11:30:00.000Z']);
    await set('2026-06-02T03:59:59Z');
    await work(instance());
    expect(await endsTold()).toHaveLength(1);
    await db.owner.query(
      `UPDATE duties SET roster_ends_at = roster_ends_at + interval '1 hour' WHERE state = 'ended'; UPDATE shifts SET zone_rules = '2001a'`,
    );
    await set('2026-06-02T04:00:00Z');
    await work(instance(), instance());
    expect(await endsTold()).toEqual(['2026-06-01T11:30:00.000Z', '2026-06-02T04:00:00.000Z']);
  });

  it('N-14 extension granted: one person stays, the others go; nobody grants their own, nor for what is over', async () => {
    await set('2026-06-01T21:00:00Z');
    await put({ staff: [{ employeeId: 'E-1' }, { employeeId: 'E-2' }] });
    await work(instance());
    const extend = new ExtendDuty(unitOfWork(), duties);
    const all = await unitOfWork().run(tenant, (tx) =>
      duties.list(tx, { shiftId: 'night', state: 'on' }, undefined, 9),
    );
    const [stays, goes] = ['E-1', 'E-2'].map((id) => all.find(({ person }) => person === `employeeId:${id}`)!);
    const until = new Date('2026-06-02T05:00:00Z');
    const refused = (code: string) => expect.objectContaining({ code }) as Error;
    await expect(extend.ask(by(), stays!.dutyId, new Date('2026-06-02T03:00:00Z'), null)).rejects.toThrow(
      refused('unprocessable_field'),
    );
    await expect(extend.decide(by('key:2'), stays!.dutyId, 'approved', null)).rejects.toThrow(
      refused('extension_not_found'),
    );
    await extend.ask(by(), stays!.dutyId, until, 'an operation');
    await extend.ask(by(), goes!.dutyId, until, 'me too');
    await expect(extend.decide(by(), stays!.dutyId, 'approved', null)).rejects.toThrow(
      refused('extension_of_ones_own'),
    );
    const asked = await Promise.allSettled([
      extend.decide(by('key:2'), stays!.dutyId, 'approved', null),
      extend.decide(by('key:3'), stays!.dutyId, 'approved', null),
      extend.decide(by('key:2'), goes!.dutyId, 'declined', 'no'),
    ]);
    expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    await set('2026-06-02T04:00:00Z');
    await work(instance());
    expect((await endSignals()).map(({ subject }) => subject)).toEqual([{ employeeId: 'E-2' }]);
    await set(until);
    await expect(extend.ask(by(), stays!.dutyId, new Date('2026-06-02T06:00:00Z'), null)).rejects.toThrow(
      refused('duty_over'),
    );
    await work(instance());
    expect(await endSignals()).toMatchObject([
      { subject: { employeeId: 'E-2' } },
      { subject: { employeeId: 'E-1' }, order: { occurredAt: until.toISOString() } },
    ]);
  });

  it('SH-02 who goes on in the next shift keeps what they began in it, however late the clock comes', async () => {
    await set('2026-06-01T21:00:00Z');
    await put({}, { shiftId: 'morning', start: '2026-01-02T05:30:00', end: '2026-01-02T14:00:00' });
    await set('2026-06-02T04:30:00Z');
    await work(instance());
    expect((await told<{ continuedAs?: string }>(DutyEndedV1)).map(({ data }) => data.continuedAs)).toEqual([
      expect.any(String),
    ]);
    expect(await endSignals()).toEqual([]);
    const fresh = (await told<{ freshFrom: string; shiftId: string }>(DutyStartedV1)).find(
      ({ data }) => data.shiftId === 'morning',
    )!;
    expect(fresh.data.freshFrom).toBe('2026-06-02T03:30:00.000Z'); // not a quarter of an hour before: they were on duty
  });

  it('a roster that changes moves what is to come, and nobody out of the duty they are on', async () => {
    await set('2026-06-01T21:00:00Z');
    await put(
      {},
      { shiftId: 'gone', start: '2026-01-01T22:30:00', end: '2026-01-02T05:00:00', staff: [{ employeeId: 'E-3' }] },
    );
    await work(instance());
    await put({ staff: [{ employeeId: 'E-2' }], end: '2026-01-02T06:30:00' });
    await calendar().remove(by(), 'gone');
    await set('2026-06-03T04:30:00Z');
    await work(instance());
    expect((await endSignals()).map(({ subject, order }) => [subject, order.occurredAt])).toEqual([
      [{ employeeId: 'E-3' }, '2026-06-02T03:00:00.000Z'],
      [{ employeeId: 'E-1' }, '2026-06-02T04:00:00.000Z'],
      [{ employeeId: 'E-2' }, '2026-06-02T04:30:00.000Z'],
      [{ employeeId: 'E-2' }, '2026-06-03T04:30:00.000Z'],
    ]);
  });

  it('a shift that is put there does not catch up on its past, and one that can’t be read keeps no other from its end', async () => {
    await set('2026-06-01T21:00:00Z');
    await put({ shiftId: 'b' });
    await db.owner.query(
      `INSERT INTO shifts SELECT tenant, 'a', ward, '{"zone": "Middle/Earth"}', saved_at, looked_at, '', look_at - interval '1 day' FROM shifts`,
    );
    await set('2026-06-02T04:00:00Z');
    await work(instance());
    expect(await endsTold()).toEqual(['2026-06-02T04:00:00.000Z']);
  });

  it('a whole house at one hour is not what the guard of a source is to stop', async () => {
    await set('2026-06-01T21:00:00Z');
    await put({ staff: Array.from({ length: 250 }, (_, at) => ({ employeeId: `E-${at}` })) });
    await set('2026-06-02T04:00:00Z');
    await work(instance(), instance());
    expect(await endSignals()).toHaveLength(250);
  });
});
