import { randomUUID } from 'node:crypto';
import {
  type ReinstatementRequestedV1,
  RevocationResolvedV1,
  RevocationStartedV1,
  SessionRevokedV1,
  type DutyFacts,
  type SessionLimits,
} from '@curfew/contracts';
import { codeOf, openRegistry, type FakeRegistry } from '../registry.fake.js';
import { ShiftBoundaryStore } from '../shift/shift-boundary.store.js';
import { SourceOf } from './signal-events.fake.js';

const MINUTE = 60_000;

describe('a revocation of some of a person’s sessions', () => {
  let registry: FakeRegistry;
  let tenant: string;
  beforeAll(async () => {
    registry = await openRegistry();
    await registry.index.filled(); // empty, as there is nothing yet: from now on checks believe it
  });
  afterAll(() => registry.close());
  beforeEach(async () => {
    tenant = await registry.tenant(['ehr', 'crm', 'mail']);
    await registry.subject(tenant, 'ann', { identifiers: { employeeId: 'E-1' } });
  });

  const ago = (minutes: number): Date => new Date(Date.now() - minutes * MINUTE);
  const ended = (limits: SessionLimits, bar = false, type: 'shift.started' | 'shift.ended' = 'shift.ended') =>
    registry.run(tenant, (tx) =>
      registry.applySignal.execute(
        new SourceOf(tenant, { employeeId: 'E-1' }, 'calendar:shifts').shift(type, limits, bar),
        tx,
      ),
    );
  const open = (clientId: string, device: string | null, authenticatedAt = ago(60)) =>
    registry.open(tenant, 'ann', {
      clientId,
      device: device === null ? null : { id: device },
      authenticatedAt,
    });
  const live = async () =>
    (await registry.sessions(tenant))
      .filter((session) => session.ended_at === null)
      .map((session) => session.session_id);
  const passes = async (sessionId: string) =>
    (await registry.checkSession.execute({ tenant, sessionId }, false)).active;

  it('SH-01 SH-04 ends those at the places that are named, tells of each, and leaves the others', async () => {
    const [there, onIt, elsewhere] = [
      await open('ehr', 'laptop'),
      await open('crm', 'ward-pc'),
      await open('crm', 'laptop'),
    ];
    await ended({ authenticatedUpTo: ago(0).toISOString(), applications: ['ehr'], devices: ['ward-pc'] });
    expect(await live()).toEqual([elsewhere.id]);
    expect(await Promise.all([there, onIt, elsewhere].map(({ id }) => passes(id)))).toEqual([false, false, true]);
    expect((await registry.published(tenant, SessionRevokedV1)).map(({ data }) => data.sessionId).sort()).toEqual(
      [there.id, onIt.id].sort(),
    );
    expect((await registry.published(tenant, RevocationResolvedV1)).map(({ data }) => data.ended)).toEqual([2]);
    expect((await registry.published(tenant, RevocationStartedV1))[0]!.data.limits).toMatchObject({
      devices: ['ward-pc'],
    });
  });

  describe('that are called so', () => {
    const named = (name: { sid?: string; signInId?: string }, more: object = {}) =>
      registry.open(tenant, 'ann', { device: { id: 'laptop' }, authenticatedAt: ago(60), ...name, ...more });
    const upTo = { authenticatedUpTo: ago(0).toISOString() };

    it('by sid or by sign-in ends them at every application, and nobody else’s of that name', async () => {
      await registry.subject(tenant, 'bob');
      const theirs = [
        await named({ sid: 'sso-1' }),
        await named({ sid: 'sso-1' }, { clientId: 'mail' }),
        await named({ signInId: 'sso-1' }, { clientId: 'ehr' }),
      ];
      const others = [await named({ signInId: 'sso-2' }), await named({ signInId: 'sso-1' }, { subjectId: 'bob' })];
      await ended({ ...upTo, sessions: ['sso-1'] });
      expect(await Promise.all(theirs.map(({ id }) => passes(id)))).toEqual([false, false, false]);
      expect(await Promise.all(others.map(({ id }) => passes(id)))).toEqual([true, true]);
      expect((await registry.published(tenant, RevocationResolvedV1)).map(({ data }) => data.ended)).toEqual([3]);
    });

    it('and that nobody has told of yet: none that was authenticated before is opened under that name', async () => {
      const other = await named({ sid: 'sso-8' });
      await ended({ ...upTo, sessions: ['sso-9'] });
      expect(await passes(other.id)).toBe(true);
      for (const name of [{ sid: 'sso-9' }, { signInId: 'sso-9' }])
        expect(await codeOf(named(name))).toBe('authenticated_before_revocation');
      expect(await codeOf(named({ signInId: 'sso-7' }))).toBe('opened');
    });

    it('and on a device: there only, and nothing is held against that name or that device elsewhere', async () => {
      const there = await named({ signInId: 'sso-1' });
      const others = [
        await named({ signInId: 'sso-1' }, { device: { id: 'phone' } }),
        await named({ signInId: 'sso-2' }),
      ];
      await ended({ ...upTo, devices: ['laptop'], sessions: ['sso-1'] });
      expect(await passes(there.id)).toBe(false);
      expect(await Promise.all(others.map(({ id }) => passes(id)))).toEqual([true, true]);
      expect(await codeOf(named({ signInId: 'sso-1' }, { device: { id: 'phone' } }))).toBe('opened');
    });
  });

  it('SH-02 SH-03 whoever comes late with an authentication of before is refused there, and let in elsewhere and afresh', async () => {
    await ended({ authenticatedUpTo: ago(10).toISOString(), applications: ['ehr'], devices: ['ward-pc'] });
    for (const [clientId, device] of [
      ['ehr', 'laptop'],
      ['ehr', null],
      ['crm', 'ward-pc'],
    ] as const)
      expect(await codeOf(open(clientId, device, ago(11)))).toBe('authenticated_before_revocation');
    for (const [clientId, device, at] of [
      ['crm', 'laptop', 11],
      ['ehr', 'ward-pc', 5],
    ] as const)
      expect(await codeOf(open(clientId, device, ago(at)))).toBe('opened');
    await registry.subject(tenant, 'bob');
    expect(await codeOf(registry.open(tenant, 'bob', { clientId: 'ehr', authenticatedAt: ago(60) }))).toBe('opened');
  });

  it('one that comes late leaves what was begun after its hour, everywhere or somewhere', async () => {
    const [before, after] = [await open('ehr', null, ago(60)), await open('ehr', null, ago(5))];
    await ended({ authenticatedUpTo: ago(10).toISOString(), applications: ['ehr'] });
    expect(await live()).toEqual([after.id]);
    const mail = await open('mail', null, ago(60));
    await ended({ authenticatedUpTo: ago(10).toISOString() });
    expect(await live()).toEqual([after.id]);
    expect(await Promise.all([before, mail, after].map(({ id }) => passes(id)))).toEqual([false, false, true]);
    expect(await codeOf(open('mail', null, ago(11)))).toBe('authenticated_before_revocation');
    expect(await codeOf(open('mail', null, ago(9)))).toBe('opened');
  });

  it('ends all of them at once, however many one person has, and each one time', async () => {
    await registry.owner.query(
      `INSERT INTO sessions (tenant, session_id, client_id, sid, subject_id, authenticated_at, judged_at, opened_at, opened_by_broker,
         last_activity_at, absolute_expires_at, expires_at, epoch)
       SELECT $1, gen_random_uuid(), 'ehr', n::text, 'ann', at, at, at, false, at, at + interval '8 hours', at + interval '8 hours', nextval('epochs')
       FROM generate_series(1, 1200) n, (SELECT now() - interval '1 hour' AS at) moment`,
      [tenant],
    );
    const end = () => ended({ authenticatedUpTo: ago(0).toISOString(), applications: ['ehr'] });
    await Promise.all([end(), end(), end()]);
    expect(await live()).toEqual([]);
    const counts = (await registry.published(tenant, RevocationResolvedV1)).map(({ data }) => [
      data.ended,
      data.alreadyEnded,
    ]);
    expect(counts.sort()).toEqual([
      [0, 1200],
      [0, 1200],
      [1200, 0],
    ]);
    expect(await registry.published(tenant, SessionRevokedV1)).toHaveLength(1200);
  });

  it('a sign-in at the same moment is ended by it, or comes after it and is refused', async () => {
    for (let round = 0; round < 10; round++) {
      const upTo = { authenticatedUpTo: new Date().toISOString(), applications: ['ehr'] };
      const [opened] = await Promise.all([codeOf(open('ehr', null, ago(1))), ended(upTo)]);
      expect(['opened', 'authenticated_before_revocation']).toContain(opened);
      expect(await live()).toEqual([]);
    }
  });

  describe('SH-05 sessions that crossed a boundary', () => {
    const store = new ShiftBoundaryStore();
    const duty = (given: Partial<DutyFacts> = {}): DutyFacts => ({
      dutyId: randomUUID(),
      shiftId: 'night',
      occurrence: '2026-11-24T22:00:00',
      subject: { employeeId: 'E-1' },
      startsAt: ago(600).toISOString(),
      endsAt: ago(10).toISOString(),
      ...given,
    });
    const put = (facts: DutyFacts, at = facts.endsAt) =>
      registry.run(tenant, (tx) => store.put(tx, 'end', [{ ...facts, at, upTo: at }]));
    const filter = () => ({ from: ago(60), to: ago(0), shiftId: undefined, toleranceSeconds: 5 });
    const crossings = () => registry.run(tenant, (tx) => store.crossings(tx, filter(), '', 100));
    const boundaries = () => registry.run(tenant, (tx) => store.list(tx, filter(), '', 100));

    it('are none where its signal came, and those there are where it did not', async () => {
      const [here, fresh] = [await open('ehr', 'ward-pc', ago(60)), await open('ehr', null, ago(5))];
      await put(duty({ applications: ['ehr'] }));
      await put(duty({ applications: ['mail'] }));
      await put(duty({ subject: { employeeId: 'nobody' } }));
      expect(await crossings()).toMatchObject([
        { sessionId: here.id, subject: 'ann', kind: 'end', device: 'ward-pc', endedAt: null },
      ]);
      const counted = (await boundaries()).map(({ subject, crossings: count }) => `${subject} ${count}`);
      expect(counted.sort()).toEqual(['ann 0', 'ann 1', 'null 0']);
      // It comes ten minutes late: that it crossed stays to be seen.
      await ended({ authenticatedUpTo: ago(10).toISOString(), applications: ['ehr'] });
      expect(await live()).toEqual([fresh.id]);
      const [late] = await crossings();
      expect(late!.endedAt).not.toBeNull();
      expect(late!.secondsOver).toBeGreaterThan(595);
    });

    it('are not those that ended with it', async () => {
      await open('ehr', null, ago(60));
      const now = new Date();
      await ended({ authenticatedUpTo: now.toISOString() });
      await put(duty({ endsAt: now.toISOString() }));
      await registry.later(60);
      const after = { ...filter(), to: new Date(Date.now() + MINUTE) };
      expect(await registry.run(tenant, (tx) => store.crossings(tx, after, '', 100))).toEqual([]);
      expect(await registry.run(tenant, (tx) => store.list(tx, after, '', 100))).toMatchObject([
        { subject: 'ann', crossings: 0 },
      ]);
    });
  });

  it('N-14 off hours as a tenant has it: barred until the next shift begins', async () => {
    await ended({ authenticatedUpTo: ago(0).toISOString() }, true);
    expect(await codeOf(open('ehr', null, new Date()))).toBe('subject_barred');
    const back = new SourceOf(tenant, { employeeId: 'E-1' }, 'calendar:shifts').says({
      kind: 'rehired',
      occurredAt: new Date(),
    });
    const [event] = back.events as [ReinstatementRequestedV1];
    const begins = { ...event, data: { ...event.data, signalType: 'shift.started' } };
    await registry.run(tenant, (tx) => registry.applySignal.execute(begins, tx));
    expect(await codeOf(open('ehr', null, await registry.later(5)))).toBe('opened');
  });
});
