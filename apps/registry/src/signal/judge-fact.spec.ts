import fc from 'fast-check';
import { isNewer, judgeFact, type SourceFact } from './judge-fact.js';

const fact = (kind: SourceFact['kind'], minute: number, sequence: number | null = null): SourceFact => ({
  kind,
  signalId: `${kind} ${minute} ${sequence}`,
  occurredAt: new Date(Date.UTC(2026, 10, 2, 9, minute)),
  sequence,
});

describe('a fact of a source', () => {
  it('applies when it is the first, the newest, or came before', () => {
    const latest = fact('terminated', 1);
    expect(judgeFact(undefined, latest, false)).toBe('applies');
    expect(judgeFact(latest, fact('rehired', 2), false)).toBe('applies');
    expect(judgeFact(latest, latest, false)).toBe('applies');
  });

  it('that comes late bars nothing: a termination is superseded, a rehire out of date', () => {
    const latest = fact('rehired', 5);
    expect(judgeFact(latest, fact('terminated', 4), false)).toBe('superseded');
    expect(judgeFact(fact('terminated', 5), fact('rehired', 4), false)).toBe('out_of_date');
  });

  it('that was held until now is replaced by what its source said since', () => {
    expect(judgeFact(fact('rehired', 5), fact('terminated', 4), true)).toBe('replaced');
  });

  it('said at the same instant as another: the one that ends access counts, whichever comes first', () => {
    expect(judgeFact(fact('rehired', 1), fact('terminated', 1), false)).toBe('applies');
    expect(judgeFact(fact('terminated', 1), fact('rehired', 1), false)).toBe('out_of_date');
    expect(judgeFact(fact('rehired', 9, 1), fact('terminated', 1, 1), false)).toBe('applies');
  });

  it('is ordered by its sequence where both have one, whatever the clocks say', () => {
    expect(isNewer(fact('rehired', 1, 8), fact('terminated', 9, 7))).toBe(true);
    expect(isNewer(fact('rehired', 9, 7), fact('terminated', 1, 8))).toBe(false);
    expect(isNewer(fact('rehired', 9, null), fact('terminated', 1, 8))).toBe(true);
  });
});

/** What stands when they have come in this order: the registry keeps the newest that applied. */
const standing = (facts: readonly SourceFact[]): SourceFact | undefined =>
  facts.reduce<SourceFact | undefined>(
    (latest, incoming) => (judgeFact(latest, incoming, false) === 'applies' ? incoming : latest),
    undefined,
  );

describe('F-66: whatever order the facts arrive in, what the source said last stands', () => {
  const kind = fc.constantFrom('terminated', 'rehired');
  const counted = fc.record({ kind, minute: fc.nat(5), sequence: fc.nat(5) });
  const timed = fc.record({ kind, minute: fc.nat(5) }).map((drawn) => ({ ...drawn, sequence: null }));
  // Some have a sequence and some have none, from a source whose clock and count agree.
  const agreeing = fc
    .record({ kind, minute: fc.nat(5), withSequence: fc.boolean() })
    .map(({ withSequence, ...drawn }) => ({ ...drawn, sequence: withSequence ? drawn.minute : null }));

  it.each([
    ['counted', counted],
    ['timed', timed],
    ['counted or timed, in agreement', agreeing],
  ] as const)('%s', (_, drawn) => {
    const arrivals = fc
      .array(drawn as fc.Arbitrary<{ kind: SourceFact['kind']; minute: number; sequence: number | null }>, {
        minLength: 1,
        maxLength: 6,
      })
      .map((all) => all.map((one) => fact(one.kind, one.minute, one.sequence)))
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(arrivals, ([said, arrived]) => {
        const stands = standing(arrived)!;
        expect(stands.kind).toBe(standing(said)!.kind);
        expect(said.every((other) => other.kind === stands.kind || !isNewer(other, stands))).toBe(true);
      }),
    );
  });
});
