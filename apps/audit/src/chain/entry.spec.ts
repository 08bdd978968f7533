import type { CurfewEvent } from '@curfew/contracts';
import fc from 'fast-check';
import { chain, ChainWalk, entryHash, GENESIS, type Entry } from './entry.js';

const event = (number: number, data: object = { number }): CurfewEvent => ({
  specversion: '1.0',
  id: `event-${number}`,
  source: '/curfew/registry',
  type: 'curfew.session.revoked.v1',
  subject: 'ada',
  time: '2026-11-02T09:00:00.000Z',
  datacontenttype: 'application/json',
  tenant: 'acme',
  partitionkey: 'acme:ada',
  correlationid: 'c',
  actor: 'key:1',
  data,
});
const START = { seq: 0, hash: GENESIS };
const entries = (count: number): Entry[] =>
  chain(
    'acme',
    START,
    Array.from({ length: count }, (_, index) => event(index + 1)),
  );
const headOf = (of: readonly Entry[]) => ({ seq: of.at(-1)!.seq, hash: of.at(-1)!.hash });

function faultsOf(walked: readonly Entry[], heads: readonly { seq: number; hash: string }[] = []) {
  const walk = new ChainWalk('acme', new Set(heads.map(({ seq }) => seq)));
  for (const entry of walked) walk.follow(entry);
  walk.compare(heads, 'witness');
  return walk.faults;
}

describe('AU-10: a chain', () => {
  it('as it was written has no fault, however it was cut into batches', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }), (sizes) => {
        let [head, written]: [typeof START, Entry[]] = [START, []];
        for (const size of sizes) {
          const batch = Array.from({ length: size }, (_, index) => event(head.seq + index + 1));
          written = [...written, ...chain('acme', head, batch)];
          head = headOf(written);
        }
        expect(written.map(({ seq }) => seq)).toEqual(written.map((_, index) => index + 1));
        expect(written).toEqual(entries(written.length));
        expect(faultsOf(written, [head])).toEqual([]);
      }),
    );
  });

  it('is one of its tenant: the same entries are no chain of another', () => {
    const walk = new ChainWalk('evil', new Set());
    for (const entry of entries(3)) walk.follow(entry);
    expect(walk.faults).toHaveLength(3);
  });
});

describe('F-89: found is', () => {
  const changes: Partial<Record<keyof Entry, string>> = {
    eventId: 'x',
    type: 'x',
    source: 'x',
    subject: 'x',
    occurredAt: '2026-11-02T09:00:00.001Z',
    actor: 'x',
    correlationId: 'x',
    causationId: 'x',
    data: '{"number": 3}',
    hash: '1'.repeat(64),
  };

  it.each(Object.entries(changes))('an edit of %s, at the entry', (field, value) => {
    const edited = entries(5).map((entry) => (entry.seq === 3 ? { ...entry, [field]: value } : entry));
    expect(faultsOf(edited)[0]).toEqual({ kind: 'entry_changed', seq: 3 });
  });

  it('an entry that is gone, wherever it was', () => {
    for (const seq of [1, 3, 4])
      expect(faultsOf(entries(5).filter((entry) => entry.seq !== seq))).toContainEqual({ kind: 'entry_missing', seq });
  });

  it('two that changed places', () => {
    const [a, b, c] = entries(3);
    expect(faultsOf([a!, { ...c!, seq: 2 }, { ...b!, seq: 3 }]).length).toBeGreaterThan(0);
  });

  it('a tail cut off, by a head somebody kept', () => {
    const all = entries(5);
    expect(faultsOf(all.slice(0, 3))).toEqual([]);
    expect(faultsOf(all.slice(0, 3), [headOf(all)])).toEqual([{ kind: 'tail_cut', seq: 5, by: 'witness' }]);
    expect(faultsOf([], [headOf(all)])).toEqual([{ kind: 'tail_cut', seq: 5, by: 'witness' }]);
  });

  it('a chain computed anew as a whole, by a head somebody kept', () => {
    const anew = chain('acme', START, [event(1), event(2, { number: 'two' }), event(3)]);
    expect(faultsOf(anew)).toEqual([]);
    expect(faultsOf(anew, [headOf(entries(3))])).toEqual([{ kind: 'head_differs', seq: 3, by: 'witness' }]);
    expect(faultsOf(anew, [headOf(entries(1))])).toEqual([]);
  });
});

it('no two entries have one reading: a border between fields can not be moved', () => {
  const text = fc.string({ maxLength: 4 });
  const texts = fc.tuple(text, text, text);
  const hash = ([subject, actor, data]: [string, string, string]) => {
    const [entry] = entries(1);
    return entryHash('acme', GENESIS, { ...entry!, subject, actor, data });
  };
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      expect(hash(one) === hash(other)).toBe(one.every((part, index) => part === other[index]));
    }),
  );
});
