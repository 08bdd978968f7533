import type { Curfew } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

/** By the clock on the wall of UTC. */
const wall = (when: Date): string => when.toISOString().slice(0, 19);
const inMs = (ms: number): Date => new Date(Date.now() + ms);

interface Duty {
  readonly dutyId: string;
  readonly state: string;
  readonly subject: { readonly employeeId?: string; readonly email?: string };
  readonly endsAt: string;
}

describe('a shift on the calendar', () => {
  let acme: Organisation;
  let curfew: Curfew;
  let colleague: Curfew;
  let ehr: string;
  let crm: string;
  beforeAll(async () => {
    acme = await organisation(2);
    ({ curfew } = acme);
    [ehr, crm] = acme.clientIds as [string, string];
    colleague = await curfew.newKey({ roles: ['responder'] });
    for (const id of ['ann', 'bob', 'cy'])
      await curfew.call('registry', 'PUT', `/v1/subjects/${id}`, {
        identifiers: { employeeId: id, email: `${id}@acme.example` },
      });
  }, 30_000);
  afterAll(() => acme.close());

  const dutiesOf = async (shiftId: string, count: number): Promise<Duty[]> =>
    until(`${count} duties of ${shiftId}`, async () => {
      const { items } = await curfew.call<{ items: Duty[] }>('signals', 'GET', `/v1/duties?shift=${shiftId}`);
      return items.length === count && items;
    });
  const over = (dutyId: string): Promise<Duty> =>
    until('the duty is over', async () => {
      const duty = await curfew.call<Duty>('signals', 'GET', `/v1/duties/${dutyId}`);
      return duty.state === 'ended' && duty;
    });
  const live = async (subject: string) => (await curfew.sessions({ subject, status: 'live' })).map(({ id }) => id);

  it('SH-01 SH-02 SH-03 N-14 ends with its sessions, where it is meant; one person may stay, and who comes signs in afresh', async () => {
    const end = inMs(4_000);
    await curfew.call('signals', 'PUT', '/v1/shifts/day', {
      ...{ name: 'Day', ward: 'seven', zone: 'UTC', start: wall(inMs(-3_600_000)), end: wall(end) },
      ...{
        staff: [{ employeeId: 'ann' }, { email: 'bob@acme.example' }],
        workstations: ['ward-pc'],
        earlySeconds: 3_600,
      },
    });
    await curfew.call('signals', 'PUT', '/v1/shifts/late', {
      ...{
        name: 'Late',
        ward: 'seven',
        zone: 'UTC',
        start: wall(end),
        end: wall(inMs(3_600_000)),
        staff: [{ employeeId: 'cy' }],
        earlySeconds: 0,
      },
    });
    const duties = await dutiesOf('day', 2);
    const authenticatedAt = new Date().toISOString();
    const at = (subject: string, clientId: string, id: string) =>
      curfew.open(subject, clientId, { device: { id }, authenticatedAt });
    const [atWork, atHome] = [await at('ann', ehr, 'ward-pc'), await at('ann', ehr, 'her-own')];
    const stays = await at('bob', crm, 'ward-pc');
    await at('cy', ehr, 'ward-pc');
    const bobs = duties.find(({ subject }) => subject.email)!;
    const extension = `/v1/duties/${bobs.dutyId}/extension`;
    await curfew.call('signals', 'PUT', extension, { until: inMs(3_600_000).toISOString(), reason: 'an operation' });
    expect((await curfew.ask('signals', 'POST', `${extension}/approve`, {})).body).toMatchObject({
      code: 'extension_of_ones_own',
    });
    await colleague.call('signals', 'POST', `${extension}/approve`, {});

    await over(duties.find(({ subject }) => subject.employeeId)!.dutyId);
    await until('ann is out at the ward, and was told of', async () => acme.applications[0]!.ended.has(atWork.sid));
    expect(await live('ann')).toEqual([atHome.id]);
    expect(await live('bob')).toEqual([stays.id]);
    // cy had signed in before the shift began: the one session from before it is not usable in it.
    await until('cy begins afresh', async () => (await live('cy')).length === 0);
    expect((await curfew.introspect(atWork.sid, ehr)).active).toBe(false);
    const late = await curfew.ask('registry', 'POST', '/v1/sessions', {
      subject: 'ann',
      clientId: ehr,
      authenticatedAt,
      device: { id: 'ward-pc' },
    });
    expect(late).toMatchObject({ status: 403, body: { code: 'authenticated_before_revocation' } });
    // An application's clock may be a second off: within the first one nobody can tell whether it was before.
    await until('cy is let in', async () => {
      const body = {
        subject: 'cy',
        clientId: ehr,
        authenticatedAt: new Date().toISOString(),
        device: { id: 'ward-pc' },
      };
      return (await curfew.ask('registry', 'POST', '/v1/sessions', body)).status === 201;
    });
    expect(await live('cy')).toHaveLength(1);

    // SH-05, and what an auditor reads of it (AU-10).
    const boundaries = await until('the registry has heard of the boundaries', async () => {
      const { items } = await curfew.call<{ items: { kind: string; crossings: number }[] }>(
        'registry',
        'GET',
        '/v1/shifts/boundaries',
      );
      return items.length === 4 && items; // ann's and bob's start, ann's end, cy's start
    });
    expect(boundaries.every(({ crossings }) => crossings === 0)).toBe(true);
    expect(await curfew.call('registry', 'GET', '/v1/shifts/crossings')).toEqual({ items: [], nextCursor: null });
    const trail = await until('the trail tells of it', async () => {
      const { items } = await curfew.call<{ items: { type: string }[] }>('audit', 'GET', '/v1/audit');
      const types = items.map(({ type }) => type);
      return types.includes('curfew.duty.ended.v1') && types;
    });
    for (const type of [
      'shift.saved',
      'duty.started',
      'duty.end-announced',
      'duty.extension-asked',
      'duty.extension-decided',
    ])
      expect(trail).toContain(`curfew.${type}.v1`);
  });

  it('N-14 comes from an iCalendar, all of it or nothing, and says where its ward is not covered', async () => {
    const event = (uid: string, start: string, end: string, ...more: string[]) => [
      'BEGIN:VEVENT',
      `UID:${uid}`,
      `DTSTART;TZID=Europe/Berlin:${start}`,
      `DTEND;TZID=Europe/Berlin:${end}`,
      'LOCATION:nine',
      ...more,
      'END:VEVENT',
    ];
    const calendar = (...events: string[][]) =>
      ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:t', ...events.flat(), 'END:VCALENDAR'].join('\r\n');
    const staff = 'ATTENDEE:mailto:ann@acme.example';
    const early = event('early@nine', '20260101T060000', '20260101T140000', 'RRULE:FREQ=DAILY', staff);
    const late = event('late@nine', '20260101T150000', '20260102T060000', 'RRULE:FREQ=DAILY', staff);
    const load = (text: string) =>
      curfew.ask('signals', 'POST', '/v1/shifts/import', { calendar: text, applications: [ehr] });
    expect(await load(calendar(early, event('bad', '20260101T150000', '20260101T140000')))).toMatchObject({
      status: 422,
    });
    expect(await load('BEGIN:VCALENDAR')).toMatchObject({ status: 422, body: { code: 'calendar_unreadable' } });
    expect((await curfew.ask('signals', 'GET', '/v1/shifts/early@nine')).status).toBe(404);
    expect(await load(calendar(early, late))).toMatchObject({
      status: 200,
      body: {
        cancelled: [],
        shifts: [{ shiftId: 'early@nine' }, { zone: 'Europe/Berlin', ward: 'nine', applications: [ehr] }],
      },
    });
    const gaps = await curfew.call(
      'signals',
      'GET',
      '/v1/shifts/gaps?ward=nine&from=2026-06-01T00:00:00Z&to=2026-06-02T00:00:00Z',
    );
    expect(gaps.items).toEqual([{ ward: 'nine', from: '2026-06-01T12:00:00.000Z', to: '2026-06-01T13:00:00.000Z' }]);
    // The same hours, as a calendar shows them: by the zone's own rules, in summer as on the day clocks change.
    const shown = (from: string, to: string) =>
      curfew.call<{ items: { shiftId: string; startsAt: string; staff: unknown[] }[] }>(
        'signals',
        'GET',
        `/v1/shifts/occurrences?ward=nine&from=${from}T00:00:00Z&to=${to}T00:00:00Z`,
      );
    const spring = (await shown('2026-03-29', '2026-03-30')).items.filter(({ shiftId }) => shiftId === 'early@nine');
    expect(spring).toMatchObject([{ startsAt: '2026-03-29T04:00:00.000Z', staff: [{ email: 'ann@acme.example' }] }]);
    expect((await shown('2026-01-05', '2026-01-12')).items).toHaveLength(15); // one is under way when the week begins
    expect(
      await load(
        calendar(['BEGIN:VEVENT', 'UID:late@nine', 'DTSTART:20260101T150000Z', 'STATUS:CANCELLED', 'END:VEVENT']),
      ),
    ).toMatchObject({ body: { cancelled: ['late@nine'] } });
    expect(await curfew.call('signals', 'GET', '/v1/shifts?ward=nine')).toMatchObject({
      items: [{ shiftId: 'early@nine' }],
    });
  });
});
