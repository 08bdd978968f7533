import fc from 'fast-check';
import { SessionRows } from './session-rows';
import type { Session } from './types';

const session = (id: number, version: number, ended: boolean): Session =>
  ({
    id: `id-${String(id).padStart(3, '0')}`,
    version: String(version),
    clientId: 'crm',
    userAgent: null,
    endedAt: ended ? `t-${version}` : null,
  }) as Session;
const some = fc.array(
  fc.tuple(fc.nat(60), fc.nat(200), fc.boolean()).map(([id, version, ended]) => session(id, version, ended)),
);

it('whatever comes in whatever order, the newest of each is there once, in order of time', () => {
  fc.assert(
    fc.property(fc.array(some), (batches) => {
      const rows = new SessionRows();
      const newest = new Map<string, Session>();
      for (const batch of batches) {
        rows.take(batch);
        for (const one of batch)
          if (!newest.has(one.id) || Number(one.version) > Number(newest.get(one.id)!.version)) newest.set(one.id, one);
        const expected = [...newest.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
        expect(rows.ordered().map(({ id, version }) => [id, version])).toEqual(
          expected.map(({ id, version }) => [id, version]),
        );
      }
    }),
  );
});

it('forgets the oldest of the ended ones, and no live one', () => {
  const rows = new SessionRows();
  rows.take([session(1, 1, false), session(2, 5, true), session(3, 3, true), session(4, 4, true)]);
  rows.forgetEnded(2);
  expect(rows.ordered().map(({ id }) => id)).toEqual(['id-001', 'id-002', 'id-004']);
  rows.take([session(3, 3, true)]); // and comes back when it is told again
  expect(rows.ordered()).toHaveLength(4);
});
