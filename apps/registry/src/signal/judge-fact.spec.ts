import type { RevocationRequestedV1 } from '@curfew/contracts';
import fc from 'fast-check';
import { barringAgain, isNewer, judgeFact, revocationsAfter, type KnownFact, type SourceFact } from './judge-fact.js';

const fact = (kind: SourceFact['kind'], minute: number, sequence: number | null = null): SourceFact => ({
  kind,
  signalId: `${kind} ${minute} ${sequence}`,
  occurredAt: new Date(Date.UTC(2026, 10, 2, 9, minute)),
  sequence,
});
const known = (of: SourceFact, more: Partial<KnownFact> = {}): KnownFact => ({
  ...of,
  due: true,
  revocationId: of.kind === 'terminated' ? `revocation of ${of.signalId}` : null,
  bar: of.kind === 'terminated' ? 'standing' : null,
  request: null,
  ...more,
});

describe('a fact of a source', () => {
  it('applies when it is the first, the newest, or the one that is known', () => {
    expect(judgeFact([], fact('terminated', 1), false)).toBe('applies');
    expect(judgeFact([known(fact('terminated', 1))], fact('rehired', 2), false)).toBe('applies');
    expect(judgeFact([known(fact('rehired', 1))], fact('rehired', 1), false)).toBe('applies');
  });

  it('that comes late bars nothing: a termination is superseded, a rehire out of date', () => {
    expect(judgeFact([known(fact('rehired', 5))], fact('terminated', 4), false)).toBe('superseded');
    expect(judgeFact([known(fact('terminated', 5))], fact('rehired', 4), false)).toBe('out_of_date');
  });

  it('that was held until now is replaced by what its source said since', () => {
    expect(judgeFact([known(fact('rehired', 5))], fact('terminated', 4), true)).toBe('replaced');
    expect(judgeFact([known(fact('terminated', 5))], fact('terminated', 4), true)).toBe('replaced');
  });

  it('is not superseded by a rehire that has not taken effect, nor by a termination that still bars', () => {
    expect(judgeFact([known(fact('rehired', 5), { due: false })], fact('terminated', 4), false)).toBe('applies');
    const termination = fact('terminated', 5);
    expect(judgeFact([known(termination)], fact('terminated', 4), false)).toBe('applies');
    expect(judgeFact([known(termination, { bar: 'lifted' })], fact('terminated', 4), false)).toBe('superseded');
  });

  it('said at the same instant as another: the one that ends access counts, whichever comes first', () => {
    expect(judgeFact([known(fact('rehired', 1))], fact('terminated', 1), false)).toBe('applies');
    expect(judgeFact([known(fact('terminated', 1))], fact('rehired', 1), false)).toBe('out_of_date');
  });

  it('is ordered by its sequence where both have one, whatever the clocks say', () => {
    expect(isNewer(fact('rehired', 1, 8), fact('terminated', 9, 7))).toBe(true);
    expect(isNewer(fact('rehired', 9, 7), fact('terminated', 1, 8))).toBe(false);
    expect(isNewer(fact('rehired', 9, null), fact('terminated', 1, 8))).toBe(true);
  });
});

describe('what bars again when a fact was taken back, and these are left', () => {
  const requested = (of: SourceFact, bar: KnownFact['bar'], scheduled = false): KnownFact =>
    known(of, { bar, request: { id: of.signalId, data: { scheduled } } as unknown as RevocationRequestedV1 });
  const again = (...left: KnownFact[]) => barringAgain(left)?.id;
  const [one, two, four] = [1, 2, 4].map((minute) => fact('terminated', minute));

  it.each(['overruled', null] as const)('the newest termination that is %s', (bar) =>
    expect(again(requested(one!, bar), requested(four!, bar), requested(two!, bar))).toBe(four!.signalId),
  );

  it('nothing while one bars, or a newer rehire has taken effect', () => {
    expect(again(requested(one!, 'overruled'), known(four!))).toBeUndefined();
    expect(again(requested(one!, 'overruled'), known(fact('rehired', 2)))).toBeUndefined();
    expect(again(requested(one!, 'overruled'), known(fact('rehired', 2), { due: false }))).toBe(one!.signalId);
  });

  it('nothing that a person has lifted, nor what is older than that', () => {
    expect(again(requested(two!, 'lifted'))).toBeUndefined();
    expect(again(requested(one!, 'overruled'), requested(two!, 'lifted'))).toBeUndefined();
    expect(again(requested(four!, 'overruled'), requested(two!, 'lifted'))).toBe(four!.signalId);
  });

  it('nothing that never barred, that has not come, or that another took the place of', () => {
    expect(again(known(one!, { bar: null }))).toBeUndefined();
    expect(again(requested(one!, null, true), known(two!, { due: false, bar: null }))).toBeUndefined();
    expect(again(requested(one!, null, true))).toBe(one!.signalId);
  });
});

/** Whether the subject is barred when its facts have come in this order; what `apply-signal` does with each verdict. */
function isBarred(arrived: readonly SourceFact[]): boolean {
  let all: KnownFact[] = [];
  for (const incoming of arrived) {
    const verdict = judgeFact(all, incoming, false);
    if (incoming.kind === 'rehired') {
      const exempt = revocationsAfter(all, incoming);
      all = all.map((one) =>
        one.bar === 'standing' && !exempt.includes(one.revocationId!) ? { ...one, bar: 'lifted' } : one,
      );
    }
    all.push(known(incoming, verdict === 'superseded' ? { bar: null } : {}));
  }
  return all.some(({ bar }) => bar === 'standing');
}

describe('F-66: whatever order the facts arrive in, what the source said last stands', () => {
  type Drawn = Pick<SourceFact, 'kind' | 'sequence'> & { minute: number };
  const kind = fc.constantFrom<SourceFact['kind']>('terminated', 'rehired');
  const drawn: Record<string, fc.Arbitrary<Drawn>> = {
    counted: fc.record({ kind, minute: fc.nat(5), sequence: fc.nat(5) }),
    timed: fc.record({ kind, minute: fc.nat(5), sequence: fc.constant(null) }),
    // Some have a sequence and some have none, from a source whose clock and count agree.
    'counted or timed': fc
      .record({ kind, minute: fc.nat(5), counts: fc.boolean() })
      .map(({ counts, ...of }) => ({ ...of, sequence: counts ? of.minute : null })),
  };

  it.each(Object.entries(drawn))('%s', (_, one) => {
    const facts = fc
      .uniqueArray(
        one.map(({ kind, minute, sequence }) => fact(kind, minute, sequence)),
        { selector: ({ signalId }) => signalId, minLength: 1, maxLength: 6 },
      )
      .chain((said) => fc.tuple(fc.constant(said), fc.shuffledSubarray(said, { minLength: said.length })));
    fc.assert(
      fc.property(facts, ([said, arrived]) => {
        const last = said.filter((of) =>
          said.every((other) => other === of || isNewer(of, other) || !isNewer(other, of)),
        );
        expect(isBarred(arrived)).toBe(last.some((of) => of.kind === 'terminated'));
      }),
      { numRuns: 500 },
    );
  });
});
