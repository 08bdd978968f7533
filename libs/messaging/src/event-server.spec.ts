import type { CurfewEvent } from '@curfew/contracts';
import type { MessageHandler } from '@nestjs/microservices';
import fc from 'fast-check';
import { runsOfOneHandler } from './event-server.js';

interface Item {
  readonly event: CurfewEvent;
  readonly handler: MessageHandler;
}

const handlers = ['planned', 'accepted', 'completed'].map(() => (() => Promise.resolve()) as unknown as MessageHandler);

describe('a batch in runs of one handler', () => {
  const items = fc.array(fc.record({ key: fc.nat(3), handler: fc.nat(2) }), { maxLength: 40 }).map((list) =>
    list.map(({ key, handler }): Item => ({
      event: { partitionkey: `t:${key}` } as CurfewEvent,
      handler: handlers[handler]!,
    })),
  );

  it('loses and doubles none, mixes no handlers, and keeps the order within a key', () => {
    fc.assert(
      fc.property(items, (all) => {
        const runs = runsOfOneHandler(all);
        const out = runs.flat();
        expect(new Set(out)).toEqual(new Set(all));
        expect(out).toHaveLength(all.length);
        for (const run of runs) expect(new Set(run.map(({ handler }) => handler)).size).toBe(1);
        const ofKey = (list: readonly Item[], key: string) => list.filter(({ event }) => event.partitionkey === key);
        for (const { event } of all) expect(ofKey(out, event.partitionkey)).toEqual(ofKey(all, event.partitionkey));
      }),
    );
  });

  it('makes as many runs as one key has changes of handler, however many keys there are', () => {
    const one = (key: string): Item[] =>
      [0, 1, 2].map((at) => ({ event: { partitionkey: key } as CurfewEvent, handler: handlers[at]! }));
    const hundred = Array.from({ length: 100 }, (_, at) => one(`t:${at}`)).flat();
    expect(runsOfOneHandler(hundred).map((run) => run.length)).toEqual([100, 100, 100]);
  });
});
