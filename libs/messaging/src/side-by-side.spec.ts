import { SideBySide } from './side-by-side.js';

/** Work that ends when the test says so. */
function setUp({ slots = 1, failsTogether = false } = {}) {
  const started: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const begin = (name: string): Promise<void> => {
    started.push(name);
    return new Promise((resolve, reject) => ends.set(name, (error) => (error ? reject(error) : resolve())));
  };
  const work = new SideBySide<{ key: string; n: number; kind?: string }>(
    slots,
    ({ key }) => key,
    ({ kind }) => kind,
    ({ key, n }) => begin(`${key}${n}`),
    (items) => {
      const name = items.map(({ key, n }) => `${key}${n}`).join('+');
      return failsTogether ? Promise.reject(new Error(name)) : begin(name);
    },
  );
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    started,
    add: async (key: string, n: number, kind?: string) => {
      const done = work.add({ key, n, ...(kind === undefined ? {} : { kind }) });
      await turn();
      return { done };
    },
    end: async (name: string, error?: Error) => {
      ends.get(name)!(error);
      await turn();
    },
    finish: () => work.finish(),
  };
}

describe('side by side', () => {
  it('who comes when a slot is free does not wait; who waits goes into the next one with those of its kind', async () => {
    const { add, end, started } = setUp();
    const first = await add('a', 1, 'x');
    const others = [await add('b', 1, 'x'), await add('c', 1, 'y'), await add('d', 1, 'x'), await add('e', 1)];
    expect(started).toEqual(['a1']);
    await end('a1');
    await first.done;
    expect(started).toEqual(['a1', 'b1+d1']);
    await end('b1+d1');
    await Promise.all([others[0]!.done, others[2]!.done]);
    await end('c1');
    await end('e1');
    await Promise.all(others.map(({ done }) => done));
    expect(started).toEqual(['a1', 'b1+d1', 'c1', 'e1']);
  });

  it('those that come in one turn share from the first; while two are under way others of their kind wait, and no other kind', async () => {
    const { add, end, started } = setUp({ slots: 8 });
    await Promise.all([add('a', 1, 'x'), add('b', 1, 'x')]);
    for (const key of ['c', 'd', 'e']) await add(key, 1, 'x');
    await add('f', 1, 'y');
    await add('g', 1);
    expect(started).toEqual(['a1+b1', 'c1', 'f1', 'g1']);
    await end('c1');
    expect(started.at(-1)).toBe('d1+e1');
  });

  it('of one key one after the other, and never two of it together', async () => {
    const { add, end, started } = setUp();
    await add('a', 1, 'x');
    await add('b', 1, 'x');
    await add('b', 2, 'x');
    await add('c', 1, 'x');
    await end('a1');
    expect(started).toEqual(['a1', 'b1+c1']);
    await end('b1+c1');
    expect(started).toEqual(['a1', 'b1+c1', 'b2']);
  });

  it('what fails together is worked on again, each alone; one that fails alone fails by itself', async () => {
    const { add, end, started, finish } = setUp({ failsTogether: true });
    await add('a', 1, 'x');
    const b = await add('b', 1, 'x');
    const c = await add('c', 1, 'x');
    await end('a1');
    expect(started).toEqual(['a1', 'b1']);
    const failed = expect(b.done).rejects.toThrow('the one to blame');
    await end('b1', new Error('the one to blame'));
    await failed;
    expect(started).toEqual(['a1', 'b1', 'c1']);
    await end('c1');
    await c.done;
    await finish();
  });
});
