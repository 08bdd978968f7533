import { SignalRescindedV1 } from '@curfew/contracts';
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
  ): Promise<{ barred: boolean; alive: boolean; newSession: string }> {
    const id = `u-${people++}`;
    await registry.subject(tenant, id);
    const old = await registry.open(tenant, id, { sid: id, authenticatedAt: minute(-60) });
    for (const event of order(eventsOf(new SourceOf(tenant, { id }), history))) await apply(event);
    const { rows } = await registry.owner.query('SELECT 1 FROM bars WHERE tenant = $1 AND target_id = $2', [
      tenant,
      id,
    ]);
    const newSession = await codeOf(registry.open(tenant, id, { authenticatedAt: await registry.later(2) }));
    const { rows: ended } = await registry.owner.query(
      'SELECT 1 FROM sessions WHERE session_id = $1 AND ended_at IS NOT NULL',
      [old.id],
    );
    return { barred: rows.length > 0, alive: ended.length === 0, newSession };
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
      expect([at, end]).toEqual([at, { barred: true, alive: false, newSession: 'subject_barred' }]);
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

  it('any history in any order of arrival ends as the source meant it', async () => {
    const said = fc.record({
      kind: fc.constantFrom('terminated' as const, 'rehired' as const),
      scheduled: fc.boolean(),
      rescinded: fc.boolean(),
    });
    const histories = fc
      .array(said, { minLength: 1, maxLength: 4 })
      .map((facts) => facts.map((fact, n): Said => ({ ...fact, occurredAt: minute(n) })))
      .filter((history) => history.every(isDecided));
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
          const { barred, alive, newSession } = await arrive((events) => order.map((n) => events[n]!), history);
          expect(barred).toBe(barredBy(history));
          expect(newSession).toBe(barred ? 'subject_barred' : 'opened');
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

/** Left open: a rehire that is taken back, and something newer than a scheduled termination that is. */
const isDecided = ({ kind, rescinded }: Said, at: number, history: readonly Said[]): boolean =>
  !rescinded || (kind !== 'rehired' && !history.slice(0, at).some(({ scheduled }) => scheduled));
