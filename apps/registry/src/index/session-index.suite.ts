import type { Barrier, TargetKind } from '../barrier/barrier.js';
import type { IndexAnswer, IndexedSession, SessionIndex } from './session-index.js';

export interface IndexUnderTest {
  readonly index: SessionIndex;
  /** What happens to it outside of anyone's control: it forgets everything. */
  lose(): Promise<void>;
  close(): Promise<void>;
}

/** Of these days: Redis forgets what is a day past its deadline. */
const NOW = Date.now();
const HOUR = 3_600_000;
/** As a double it can't be told from the one after it. */
const BIG = 2n ** 53n;

export const sessionOf = (given: Partial<IndexedSession> = {}): IndexedSession => ({
  tenant: 'acme',
  sessionId: '01900000-0000-7000-8000-000000000001',
  clientId: 'crm',
  sid: 'sid-1',
  subjectId: 'u-1',
  deviceId: 'laptop-1',
  groups: ['sales', 'emea'],
  authenticatedAtMs: NOW - 1_000,
  judgedAtMs: NOW - 2_000,
  openedAtMs: NOW - 900,
  epoch: BIG,
  asOf: BIG,
  absoluteExpiresAtMs: NOW + 8 * HOUR,
  idleSeconds: 3_600,
  lastActivityAtMs: NOW - 500,
  reauthAtMs: null,
  ...given,
});

export const barrierOf = (kind: TargetKind, targetId: string, given: Partial<Barrier> = {}): Barrier => ({
  tenant: 'acme',
  kind,
  targetId,
  notBefore: new Date(0),
  endsBefore: 0n,
  rereadBefore: 0n,
  ...given,
});

const SESSION = sessionOf();
const KEY = { tenant: SESSION.tenant, sessionId: SESSION.sessionId };
const BY_SID = { tenant: SESSION.tenant, clientId: SESSION.clientId, sid: SESSION.sid };
/** Every barrier the session is under. */
const OVER_IT: readonly (readonly [TargetKind, string])[] = [
  ['tenant', SESSION.tenant],
  ['session', SESSION.sessionId],
  ['application', SESSION.clientId],
  ['subject', SESSION.subjectId],
  ['device', SESSION.deviceId!],
  ['group', 'emea'],
];

/** What every form of the index must show. `open` gives an empty one. */
export function sessionIndexSuite(open: () => Promise<IndexUnderTest>): void {
  let form: IndexUnderTest;
  let index: SessionIndex;
  const kindOf = async (nowMs = NOW): Promise<IndexAnswer['kind']> => (await index.check(KEY, nowMs, false)).kind;
  const activityOf = async (): Promise<number | undefined> => {
    const answer = await index.check(KEY, NOW, false);
    return answer.kind === 'active' ? answer.session.lastActivityAtMs : undefined;
  };

  beforeEach(async () => {
    form = await open();
    index = form.index;
  });
  afterEach(() => form.close());

  describe('before it is filled', () => {
    it('is not to be believed, whatever it holds', async () => {
      await index.put([SESSION]);
      await index.raise([barrierOf('subject', 'u-1', { endsBefore: BIG + 1n })]);
      expect(await index.check(KEY, NOW, true)).toEqual({ kind: 'untrusted' });
      expect(await index.renew()).toBe(false);
    });

    it('is believed again after a loss only when it was filled anew, and then knows no session', async () => {
      await index.filled();
      await index.put([SESSION]);
      await form.lose();
      expect(await kindOf()).toBe('untrusted');
      expect(await index.renew()).toBe(false);
      await index.filled();
      expect(await kindOf()).toBe('unknown');
    });
  });

  describe('filled', () => {
    beforeEach(() => index.filled());

    it('answers with what it was told, by id as by application and sid', async () => {
      expect(await kindOf()).toBe('unknown');
      await index.put([SESSION]);
      for (const key of [KEY, BY_SID])
        expect(await index.check(key, NOW, false)).toEqual({ kind: 'active', session: SESSION });
      expect(await index.renew()).toBe(true);
    });

    it('gives back a session without device, group or idle limit as it was', async () => {
      const bare = sessionOf({ deviceId: null, groups: [], idleSeconds: null });
      await index.put([bare]);
      expect(await index.check(KEY, NOW + 7 * HOUR, false)).toEqual({ kind: 'active', session: bare });
    });

    it('keeps tenants and applications apart', async () => {
      await index.put([SESSION]);
      expect(await index.check({ ...KEY, tenant: 'other' }, NOW, false)).toEqual({ kind: 'unknown' });
      expect(await index.check({ ...BY_SID, tenant: 'other' }, NOW, false)).toEqual({ kind: 'unknown' });
      expect(await index.check({ ...BY_SID, clientId: 'erp' }, NOW, false)).toEqual({ kind: 'unknown' });
      await index.raise([barrierOf('subject', 'u-1', { tenant: 'other', endsBefore: BIG + 1n })]);
      expect(await kindOf()).toBe('active');
    });

    it.each(OVER_IT)(
      'what a barrier of its %s has asked to be read again is stale until it was, and is then as it was read',
      async (kind, id) => {
        await index.put([SESSION]);
        await index.raise([barrierOf(kind, id, { rereadBefore: BIG })]);
        expect(await kindOf()).toBe('active');
        await index.raise([barrierOf(kind, id, { rereadBefore: BIG + 1n })]);
        expect(await kindOf()).toBe('stale');
        expect(await index.check(KEY, NOW + 9 * HOUR, true)).toEqual({ kind: 'stale' }); // its deadline may be another now
        await index.put([sessionOf({ idleSeconds: 1 })]); // by somebody who read before
        expect(await kindOf()).toBe('stale');
        await index.put([sessionOf({ idleSeconds: 60, asOf: BIG + 1n })]);
        expect(await index.check(KEY, NOW, false)).toMatchObject({ kind: 'active', session: { idleSeconds: 60 } });
        await index.raise([barrierOf(kind, id, { rereadBefore: BIG })]); // an older one changes nothing
        expect(await kindOf()).toBe('active');
      },
    );

    it('a barrier kills what is stale as well', async () => {
      await index.put([SESSION]);
      await index.raise([barrierOf('tenant', 'acme', { rereadBefore: BIG + 1n })]);
      await index.raise([barrierOf('subject', 'u-1', { endsBefore: BIG + 1n })]);
      expect(await kindOf()).toBe('inactive');
    });

    it('OP-01 whose authentication is too old does not go on, to the millisecond, and says so', async () => {
      await index.put([sessionOf({ reauthAtMs: NOW + 1_000 })]);
      expect(await kindOf(NOW + 999)).toBe('active');
      expect(await index.check(KEY, NOW + 1_000, true)).toEqual({
        kind: 'inactive',
        clientId: 'crm',
        reauthenticate: true,
      });
      await index.put([sessionOf({ reauthAtMs: NOW + HOUR })]);
      expect(await kindOf(NOW + 1_000)).toBe('active');
    });

    it.each(OVER_IT)('a barrier of its %s kills it, by epoch', async (kind, id) => {
      await index.put([SESSION]);
      await index.raise([barrierOf(kind, id, { endsBefore: BIG })]);
      expect(await kindOf()).toBe('active'); // opened under the barrier's own epoch: after it
      await index.raise([barrierOf(kind, id, { endsBefore: BIG + 1n })]);
      expect(await index.check(BY_SID, NOW, true)).toEqual({
        kind: 'inactive',
        clientId: 'crm',
        reauthenticate: false,
      });
    });

    it.each(OVER_IT)('a barrier of its %s kills it, by the instant it authenticated', async (kind, id) => {
      await index.put([SESSION]);
      await index.raise([barrierOf(kind, id, { notBefore: new Date(SESSION.judgedAtMs - 1) })]);
      expect(await kindOf()).toBe('active');
      await index.raise([barrierOf(kind, id, { notBefore: new Date(SESSION.judgedAtMs) })]);
      expect(await kindOf()).toBe('inactive');
    });

    it.each([
      ['subject', 'u-2'],
      ['device', 'laptop-2'],
      ['application', 'erp'],
      ['group', 'hr'],
      ['group', 'u-1'],
      ['session', '01900000-0000-7000-8000-000000000002'],
    ] as const)('a barrier of another %s (%s) does not', async (kind, id) => {
      await index.put([SESSION]);
      await index.raise([barrierOf(kind, id, { endsBefore: BIG + 1n, notBefore: new Date(NOW) })]);
      expect(await kindOf()).toBe('active');
    });

    it('F-15 barriers only rise, each of their two figures by itself: older ones and repeats change nothing', async () => {
      await index.put([SESSION]);
      const high = barrierOf('subject', 'u-1', { endsBefore: BIG + 1n });
      for (const one of [
        high,
        barrierOf('subject', 'u-1', { endsBefore: BIG - 1n }),
        high,
        barrierOf('subject', 'u-1'),
      ])
        await index.raise([one]);
      expect(await kindOf()).toBe('inactive');
      // One digit fewer sorts after it as text, and is a lower number.
      await index.raise([barrierOf('subject', 'u-1', { endsBefore: 999_999_999_999_999n })]);
      expect(await kindOf()).toBe('inactive');
      await index.put([sessionOf({ epoch: BIG + 1n })]);
      expect(await kindOf()).toBe('active'); // and none of them has raised it further than the highest
      await index.raise([barrierOf('subject', 'u-1', { notBefore: new Date(SESSION.judgedAtMs) })]);
      await index.raise([barrierOf('subject', 'u-1', { notBefore: new Date(0), endsBefore: BIG })]);
      expect(await kindOf()).toBe('inactive');
    });

    it('I4 what is put after the barrier was raised is dead from the first', async () => {
      await index.raise([barrierOf('device', 'laptop-1', { endsBefore: BIG + 1n })]);
      await index.put([SESSION]);
      expect(await kindOf()).toBe('inactive');
    });

    it('judges by the groups it was told last', async () => {
      await index.raise([barrierOf('group', 'hr', { endsBefore: BIG + 1n })]);
      await index.put([SESSION]);
      expect(await kindOf()).toBe('active');
      await index.put([sessionOf({ groups: ['hr'] })]);
      expect(await kindOf()).toBe('inactive');
    });

    it('LT-13 ends at whichever deadline comes first, at the very millisecond', async () => {
      const idleEnd = SESSION.lastActivityAtMs + HOUR;
      await index.put([SESSION]);
      expect(await kindOf(idleEnd - 1)).toBe('active');
      expect(await kindOf(idleEnd)).toBe('inactive');
      await index.put([sessionOf({ absoluteExpiresAtMs: idleEnd - 10 })]);
      expect(await kindOf(idleEnd - 11)).toBe('active');
      expect(await kindOf(idleEnd - 10)).toBe('inactive');
    });

    it('activity moves the idle deadline, introspection never does, and a dead session is not revived by it', async () => {
      await index.put([SESSION]);
      const touched = NOW + HOUR / 2;
      await index.check(KEY, touched, false);
      expect(await activityOf()).toBe(SESSION.lastActivityAtMs);
      expect(await index.check(KEY, touched, true)).toMatchObject({ session: { lastActivityAtMs: touched } });
      expect(await kindOf(touched + HOUR - 1)).toBe('active');
      expect((await index.check(KEY, touched + HOUR, true)).kind).toBe('inactive');
      expect(await activityOf()).toBe(touched);
    });

    it('activity never goes backwards: by a clock that is behind, or by what PostgreSQL knew', async () => {
      await index.put([SESSION]);
      await index.check(KEY, NOW + 100, true);
      await index.check(KEY, NOW + 50, true);
      await index.put([SESSION]);
      expect(await activityOf()).toBe(NOW + 100);
    });

    it('hands out activities that are not in PostgreSQL yet, each once, and takes back those that could not be written', async () => {
      const second = sessionOf({ sessionId: '01900000-0000-7000-8000-000000000002', sid: 'sid-2' });
      await index.put([SESSION, second]);
      await index.check(KEY, NOW, true);
      await index.check({ ...KEY, sessionId: second.sessionId }, NOW + 1, true);
      const [first] = await index.takeTouched(1);
      expect(first).toEqual({ ...KEY, lastActivityAtMs: NOW });
      await index.returnTouched([first!]);
      await index.check(KEY, NOW + 5, true);
      await index.returnTouched([first!]); // older than what is known by now
      const taken = await index.takeTouched(10);
      expect(taken.sort((a, b) => a.lastActivityAtMs - b.lastActivityAtMs)).toEqual([
        { ...KEY, sessionId: second.sessionId, lastActivityAtMs: NOW + 1 },
        { ...KEY, lastActivityAtMs: NOW + 5 },
      ]);
      expect(await index.takeTouched(10)).toEqual([]);
      await index.returnTouched([]);
    });

    it('expire: those that activity keeps alive are named, the others are over for good', async () => {
      const over = sessionOf({ sessionId: '01900000-0000-7000-8000-000000000002', sid: 'sid-2' });
      const unheardOf = { tenant: 'acme', sessionId: '01900000-0000-7000-8000-000000000003' };
      await index.put([SESSION, over]);
      await index.check(KEY, NOW, true);
      const asked = [KEY, { ...KEY, sessionId: over.sessionId }, unheardOf];
      const at = over.lastActivityAtMs + HOUR;
      expect(await index.expire(asked, at)).toEqual(new Map([[SESSION.sessionId, NOW]]));
      // No activity of a moment later, and no older clock, brings back what PostgreSQL is about to end.
      const overKey = { ...KEY, sessionId: over.sessionId };
      expect((await index.check(overKey, at - 1, true)).kind).toBe('inactive');
      await index.put([over]);
      expect((await index.check(overKey, at - 1, true)).kind).toBe('inactive');
      expect((await index.check(KEY, at, false)).kind).toBe('active');
    });
  });

  describe('barriers whose transaction may have failed', () => {
    const raised = barrierOf('subject', 'u-1', { endsBefore: BIG + 1n });
    const unsettled = async () =>
      (await index.unsettled(0)).map(({ tenant, target }) => [tenant, target.kind, target.id]);

    beforeEach(() => index.filled());

    it('are named until they are settled, not before they are as old as that', async () => {
      await index.raise([raised, barrierOf('group', 'sales', { endsBefore: BIG })]);
      expect(await index.unsettled(60_000)).toEqual([]);
      expect((await unsettled()).sort()).toEqual([
        ['acme', 'group', 'sales'],
        ['acme', 'subject', 'u-1'],
      ]);
      await index.settle([raised]);
      expect(await unsettled()).toEqual([['acme', 'group', 'sales']]);
    });

    it('stay named when only a lower one of the same target has committed', async () => {
      const lower = barrierOf('subject', 'u-1', { endsBefore: BIG });
      await index.raise([lower]);
      await index.raise([raised]); // by another transaction, which has not committed
      await index.settle([lower]);
      expect(await unsettled()).toEqual([['acme', 'subject', 'u-1']]);
    });

    it('are made what PostgreSQL says, lower or none at all', async () => {
      await index.put([SESSION]);
      await index.raise([raised]);
      await index.correct('acme', { kind: 'subject', id: 'u-1' }, barrierOf('subject', 'u-1', { endsBefore: BIG }));
      expect(await kindOf()).toBe('active');
      expect(await unsettled()).toEqual([]);
      await index.raise([raised]);
      expect(await kindOf()).toBe('inactive');
      await index.correct('acme', { kind: 'subject', id: 'u-1' }, undefined);
      expect(await kindOf()).toBe('active');
      expect(await unsettled()).toEqual([]);
    });
  });
}
