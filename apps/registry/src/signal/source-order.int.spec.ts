import {
  RevocationResolvedV1,
  RevocationStartedV1,
  SessionRevokedV1,
  SignalRescindedV1,
  SignalSettledV1,
} from '@curfew/contracts';
import fc from 'fast-check';
import { ACTOR, codeOf, openRegistry, type FakeRegistry } from '../registry.fake.js';
import type { SubjectEvent } from './apply-signal.js';
import { SourceOf, type Fact } from './signal-events.fake.js';

const START = Date.parse('2026-02-01T09:00:00Z');
const minute = (n: number): Date => new Date(START + n * 60_000);

/** A fact, and whether its source took it back. */
type Said = Fact & { readonly rescinded: boolean };

/** What the source means in the end: the last thing it said and did not take back. */
const barredBy = (history: readonly Said[]): boolean => {
  const last = history.findLast(({ rescinded }) => !rescinded);
  return last !== undefined && last.kind !== 'rehired';
};

describe("F-66 the order of what a source says is the source's, whatever the order it arrives in", () => {
  let registry: FakeRegistry;
  let tenant: string;
  let people = 0;
  beforeAll(async () => {
    registry = await openRegistry();
    tenant = await registry.tenant();
  });
  afterAll(() => registry.close());

  const apply = (event: SubjectEvent | SignalRescindedV1): Promise<void> =>
    registry.run(tenant, (tx) =>
      event.type === SignalRescindedV1.type
        ? registry.applySignal.rescind(event as SignalRescindedV1, tx)
        : registry.applySignal.execute(event as SubjectEvent, tx),
    );
  const eventsOf = (source: SourceOf, history: readonly Said[]): (SubjectEvent | SignalRescindedV1)[] =>
    history.flatMap((fact) => {
      const { signalId, events } = source.says(fact);
      return fact.rescinded ? [...events, source.takesBack(signalId, fact)] : events;
    });
  /** Somebody new, with a session of before all that is said; the events in the order given. */
  async function arrive(
    order: (events: (SubjectEvent | SignalRescindedV1)[]) => (SubjectEvent | SignalRescindedV1)[],
    history: readonly Said[],
  ): Promise<{ barred: boolean; alive: boolean; since: number; newSession: string }> {
    const id = `u-${people++}`;
    await registry.subject(tenant, id);
    const old = await registry.open(tenant, id, { sid: id, authenticatedAt: minute(-60) });
    for (const event of order(eventsOf(new SourceOf(tenant, { id }), history))) {
      await apply(event);
      await codeOf(registry.open(tenant, id, { authenticatedAt: await registry.later(2) })); // whenever they may, they sign in
    }
    const { rows: since } = await registry.owner.query(
      'SELECT 1 FROM sessions WHERE tenant = $1 AND subject_id = $2 AND session_id <> $3 AND ended_at IS NULL',
      [tenant, id, old.id],
    );
    const { rows } = await registry.owner.query('SELECT 1 FROM bars WHERE tenant = $1 AND target_id = $2', [
      tenant,
      id,
    ]);
    const newSession = await codeOf(registry.open(tenant, id, { authenticatedAt: await registry.later(2) }));
    const { rows: ended } = await registry.owner.query(
      'SELECT 1 FROM sessions WHERE session_id = $1 AND ended_at IS NOT NULL',
      [old.id],
    );
    return { barred: rows.length > 0, alive: ended.length === 0, since: since.length, newSession };
  }

  const permutations = <T>(items: readonly T[]): T[][] =>
    items.length < 2
      ? [[...items]]
      : items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));

  it('terminate, rescind, rehire: a rehired person signs in anew, in all six orders', async () => {
    const history: Said[] = [
      { kind: 'terminated', occurredAt: minute(1), rescinded: true },
      { kind: 'rehired', occurredAt: minute(3), rescinded: false },
    ];
    for (const at of permutations([0, 1, 2])) {
      const end = await arrive((events) => at.map((n) => events[n]!), history);
      expect([at, end]).toMatchObject([at, { barred: false, newSession: 'opened' }]);
    }
  });

  it('terminate, rehire, terminate: barred, in all six orders', async () => {
    const history = (['terminated', 'rehired', 'terminated'] as const).map((kind, n): Said => ({
      kind,
      occurredAt: minute(n),
      rescinded: false,
    }));
    for (const at of permutations([0, 1, 2])) {
      const end = await arrive((events) => at.map((n) => events[n]!), history);
      expect([at, end]).toEqual([at, { barred: true, alive: false, since: 0, newSession: 'subject_barred' }]);
    }
  });

  it('a sequence goes before the instant, and of two at one instant the one that ends access counts', async () => {
    const bySequence: Said[] = [
      { kind: 'terminated', occurredAt: minute(9), sequence: 1, rescinded: false },
      { kind: 'rehired', occurredAt: minute(1), sequence: 2, rescinded: false },
    ];
    const tie: Said[] = [
      { kind: 'rehired', occurredAt: minute(1), rescinded: false },
      { kind: 'terminated', occurredAt: minute(1), rescinded: false },
    ];
    for (const turn of [<T>(events: T[]) => events, <T>(events: T[]) => events.toReversed()]) {
      expect(await arrive(turn, bySequence)).toMatchObject({ barred: false, newSession: 'opened' });
      expect(await arrive(turn, tie)).toMatchObject({ barred: true, newSession: 'subject_barred' });
    }
  });

  it('a termination that comes after the rehire ends what is older than itself, and nothing newer', async () => {
    await registry.subject(tenant, 'returned');
    const source = new SourceOf(tenant, { id: 'returned' });
    const old = await registry.open(tenant, 'returned', { authenticatedAt: minute(-60) });
    await apply(source.says({ kind: 'rehired', occurredAt: minute(5) }).events[0]!);
    const fresh = await registry.open(tenant, 'returned');
    await apply(source.says({ kind: 'terminated', occurredAt: minute(1) }).events[0]!);
    const sessions = new Map((await registry.sessions(tenant)).map((session) => [session.session_id, session.cause]));
    expect([sessions.get(old.id), sessions.get(fresh.id)]).toEqual(['revoked', null]);
  });

  it('a termination that comes after a rehire of next month was told of: barred until then', async () => {
    await registry.subject(tenant, 'on-leave');
    const source = new SourceOf(tenant, { id: 'on-leave' });
    const [told, due] = source.says({ kind: 'rehired', scheduled: true, occurredAt: minute(5) }).events;
    await apply(told!);
    await apply(source.says({ kind: 'terminated', occurredAt: minute(1) }).events[0]!);
    expect(await codeOf(registry.open(tenant, 'on-leave', { authenticatedAt: await registry.later(2) }))).toBe(
      'subject_barred',
    );
    await apply(due!);
    expect(await codeOf(registry.open(tenant, 'on-leave', { authenticatedAt: await registry.later(2) }))).toBe(
      'opened',
    );
  });

  it('what a person lifted stays lifted, also when something older comes late', async () => {
    await registry.subject(tenant, 'cleared');
    const source = new SourceOf(tenant, { id: 'cleared' });
    await apply(source.says({ kind: 'terminated', occurredAt: minute(2) }).events[0]!);
    await registry.reinstate.execute(
      { tenant, actor: ACTOR },
      { kind: 'subject', id: 'cleared' },
      { reason: 'a mistake' },
      async () => undefined,
    );
    await apply(source.says({ kind: 'terminated', occurredAt: minute(1) }).events[0]!);
    expect(await codeOf(registry.open(tenant, 'cleared', { authenticatedAt: await registry.later(2) }))).toBe('opened');
    await apply(source.says({ kind: 'terminated', occurredAt: minute(3) }).events[0]!);
    expect(await codeOf(registry.open(tenant, 'cleared', { authenticatedAt: await registry.later(2) }))).toBe(
      'subject_barred',
    );
  });

  describe('a rehire that is taken back', () => {
    let source: SourceOf;
    let id: string;
    beforeEach(async () => {
      id = `again-${people++}`;
      await registry.subject(tenant, id);
      source = new SourceOf(tenant, { id });
    });
    const says = async (kind: Fact['kind'], n: number) => {
      const fact = { kind, occurredAt: minute(n) };
      const { signalId, events } = source.says(fact);
      await apply(events[0]!);
      return { signalId, takenBack: () => apply(source.takesBack(signalId, fact)) };
    };
    const signIn = async () => codeOf(registry.open(tenant, id, { authenticatedAt: await registry.later(2) }));
    const reinstate = () =>
      registry.reinstate.execute(
        { tenant, actor: ACTOR },
        { kind: 'subject', id },
        { reason: 'a mistake' },
        async () => undefined,
      );
    const published = async (type: { readonly type: string }) =>
      (await registry.published(tenant, type)).filter(({ subject }) => subject === id);

    it('bars again what it overruled, as a revocation of its own, and ends what was opened since', async () => {
      const { signalId } = await says('terminated', 1);
      const rehire = await says('rehired', 2);
      const since = await registry.open(tenant, id, { authenticatedAt: await registry.later(2) });
      await rehire.takenBack();

      expect(await signIn()).toBe('subject_barred');
      const [first, again] = await published(RevocationStartedV1);
      expect(again!.data).toMatchObject({ signalId, bar: true, standing: 'in_force' });
      expect(again!.data.revocationId).not.toBe(first!.data.revocationId);
      expect((await published(RevocationResolvedV1)).at(-1)!.data).toMatchObject({ signalId, ended: 1 });
      const told = (await published(SessionRevokedV1)).find(({ data }) => data.sessionId === since.id)!;
      expect(told).toMatchObject({
        correlationid: again!.correlationid,
        causationid: again!.causationid,
        data: { cause: 'revoked', reason: 'left', revocationId: again!.data.revocationId },
      });
      const rescinded = (await registry.published(tenant, SignalSettledV1)).at(-1)!;
      expect(rescinded).toMatchObject({
        correlationid: again!.correlationid,
        data: { signalId: rehire.signalId, outcome: 'rescinded', revocationId: again!.data.revocationId },
      });
    });

    it('leaves lifted what a person lifted, before it or after', async () => {
      await says('terminated', 1);
      await reinstate();
      await (await says('rehired', 2)).takenBack();
      expect(await signIn()).toBe('opened');
      await says('terminated', 3);
      await (await says('rehired', 4)).takenBack();
      expect(await signIn()).toBe('subject_barred');
      await reinstate();
      await (await says('rehired', 5)).takenBack();
      expect(await signIn()).toBe('opened');
    });

    it('the bar that stands again is lifted by a later rehire, and by taking back its termination', async () => {
      const termination = await says('terminated', 1);
      await (await says('rehired', 2)).takenBack();
      await says('rehired', 3);
      expect(await signIn()).toBe('opened');
      await (await says('rehired', 4)).takenBack();
      expect(await signIn()).toBe('opened'); // the other rehire stands
      const last = await says('terminated', 5);
      await (await says('rehired', 6)).takenBack();
      expect(await signIn()).toBe('subject_barred');
      await last.takenBack();
      await termination.takenBack();
      expect(await signIn()).toBe('opened');
    });
  });

  it('any history in any order of arrival ends as the source meant it', async () => {
    const said = fc.record({
      kind: fc.constantFrom('terminated' as const, 'rehired' as const),
      scheduled: fc.boolean(),
      rescinded: fc.boolean(),
    });
    const histories = fc
      .array(said, { minLength: 1, maxLength: 4 })
      .map((facts) => facts.map((fact, n): Said => ({ ...fact, occurredAt: minute(n) })));
    await fc.assert(
      fc.asyncProperty(
        histories.chain((history) => {
          const count = history.reduce(
            (sum, { scheduled, rescinded }) => sum + (scheduled ? 2 : 1) + (rescinded ? 1 : 0),
            0,
          );
          const places = Array.from({ length: count }, (_, n) => n);
          return fc.tuple(fc.constant(history), fc.shuffledSubarray(places, { minLength: count }));
        }),
        async ([history, order]) => {
          const { barred, alive, since, newSession } = await arrive((events) => order.map((n) => events[n]!), history);
          expect(barred).toBe(barredBy(history));
          expect(newSession).toBe(barred ? 'subject_barred' : 'opened');
          if (barred) expect(since).toBe(0);
          if (
            barred ||
            history.some(({ kind, scheduled, rescinded }) => kind === 'terminated' && !scheduled && !rescinded)
          )
            expect(alive).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});
