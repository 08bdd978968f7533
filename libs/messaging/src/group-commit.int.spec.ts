import { PolicyAppliedV1 } from '@curfew/contracts';
import { until } from '../../../test/support/until.js';
import { groupBy } from './group-by.js';
import { GroupCommit } from './group-commit.js';
import { exclusive } from './locks.js';
import { CAUSE, effect, openMessaging, type FakeService } from './messaging.fake.js';
import { together, type Gathered, type Tx } from './tx.js';

let service: FakeService;
let group: GroupCommit;

beforeAll(async () => {
  service = await openMessaging();
});

beforeEach(async () => {
  await service.empty();
  group = new GroupCommit(service.unitOfWork);
});

afterAll(() => service.close());

const numbers = Array.from({ length: 20 }, (_, n) => n);
const publish = (tx: Tx, version: number) =>
  tx.publish(PolicyAppliedV1, { subject: `p-${version}`, data: { version }, cause: CAUSE });
const published = async () =>
  (await service.outbox()).map(({ message }) => (JSON.parse(message) as PolicyAppliedV1).data.version);
const transactionOf = async (tx: Tx) =>
  (await tx.sql<{ id: string }>('SELECT pg_current_xact_id()::text AS id'))[0]!.id;
const inOrder = (list: readonly number[]) => [...list].sort((a, b) => a - b);

it('requests at once share transactions, each has its own answer, its effect and its event', async () => {
  const answers = await Promise.all(
    numbers.map((n) =>
      group.run('acme', async (tx) => {
        await effect(tx, `work ${n}`);
        publish(tx, n);
        return { n, transaction: await transactionOf(tx) };
      }),
    ),
  );
  expect(answers.map(({ n }) => n)).toEqual(numbers);
  expect(new Set(answers.map(({ transaction }) => transaction)).size).toBeLessThan(numbers.length / 2);
  expect((await service.effects()).sort()).toEqual(numbers.map((n) => `work ${n}`).sort());
  expect(inOrder(await published())).toEqual(numbers);
});

it('tenants share none', async () => {
  const answers = await Promise.all(
    numbers.map((n) =>
      group.run(n % 2 ? 'acme' : 'globex', async (tx) => ({ tenant: tx.tenant, transaction: await transactionOf(tx) })),
    ),
  );
  const tenants = groupBy(answers, ({ transaction }) => transaction);
  for (const of of tenants.values()) expect(new Set(of.map(({ tenant }) => tenant)).size).toBe(1);
});

it('one that fails, by what it decides or by what the database says, fails alone; the others stand, each once', async () => {
  const outcomes = await Promise.allSettled(
    numbers.map((n) =>
      group.run('acme', async (tx) => {
        await effect(tx, `work ${n}`);
        publish(tx, n);
        if (n === 7) throw new Error('it may not');
        if (n === 9) await tx.sql('SELECT 1 / $1::int', [0]);
        return n;
      }),
    ),
  );
  expect(outcomes.flatMap((outcome, n) => (outcome.status === 'rejected' ? [n] : []))).toEqual([7, 9]);
  const others = numbers.filter((n) => n !== 7 && n !== 9);
  expect((await service.effects()).sort()).toEqual(others.map((n) => `work ${n}`).sort());
  expect(inOrder(await published())).toEqual(others);
});

it('those of one key have each its own transaction, in the order they came', async () => {
  const transactions = await Promise.all(
    numbers.map((n) =>
      group.run('acme', (tx) => effect(tx, `work ${n}`).then(() => transactionOf(tx)), n % 2 ? 'the same' : undefined),
    ),
  );
  expect(new Set(transactions.filter((_, n) => n % 2)).size).toBe(numbers.length / 2);
  const effects = (await service.effects()).filter((what) => Number(what.split(' ')[1]) % 2);
  expect(effects).toEqual(numbers.filter((n) => n % 2).map((n) => `work ${n}`));
});

it('a lock somebody else holds keeps those who do not want it waiting for a moment only', async () => {
  let free = () => {};
  const held = new Promise<void>((resolve) => (free = resolve));
  let holder: Promise<void> | undefined;
  await new Promise<void>((holding) => {
    const hold = (tx: Tx) => tx.sql('SELECT 1').then(() => (holding(), held));
    holder = service.unitOfWork.run('acme', hold, [exclusive('subject', 'acme', 'u-0')]);
  });
  const done: number[] = [];
  const all = numbers.map((n) =>
    group.run('acme', async (tx) => {
      tx.lock(exclusive('subject', 'acme', `u-${n === 5 ? 0 : n + 100}`));
      await effect(tx, `work ${n}`);
      tx.afterCommit(() => done.push(n));
    }),
  );
  await until('all but one are done', () => done.length === numbers.length - 1);
  expect(done).not.toContain(5);
  free();
  await Promise.all([holder, ...all]);
  expect((await service.effects()).sort()).toEqual(numbers.map((n) => `work ${n}`).sort());
});

it('of two that want one lock the second waits for the first, though they came at once', async () => {
  let inside = 0;
  let most = 0;
  await Promise.all(
    numbers.map((n) =>
      group.run('acme', async (tx) => {
        tx.lock(exclusive('subject', 'acme', 'u-1'));
        await tx.sql('SELECT 1');
        most = Math.max(most, ++inside);
        await tx.sql('SELECT 1');
        await effect(tx, `work ${n}`);
        inside--;
      }),
    ),
  );
  expect(most).toBe(1);
  expect(await service.effects()).toHaveLength(numbers.length);
});

describe('what several want by one statement', () => {
  const statements: (readonly number[])[] = [];
  const DOUBLE: Gathered<number, number> = async (tx, items) => {
    statements.push(items);
    const rows = await tx.sql<{ double: number }>('SELECT n * 2 AS double FROM unnest($1::int[]) AS n', [items]);
    return rows.map(({ double }) => double);
  };
  const NOTE: Gathered<string, void> = (tx, items) => {
    tx.write('INSERT INTO effects (tenant, what) SELECT $1, unnest($2::text[])', [tx.tenant, items]);
    return Promise.resolve([]);
  };

  beforeEach(() => statements.splice(0));

  it('is sent as one, and each has its own answer', async () => {
    const answers = await service.unitOfWork.runTogether('acme', (tx) =>
      together(numbers.map(async (n) => tx.gather(DOUBLE, await tx.gather(DOUBLE, n)))),
    );
    expect(answers).toEqual(numbers.map((n) => n * 4));
    expect(statements.map((items) => items.length)).toEqual([20, 20]);
  });

  it('is sent before what is sent after it, the commit at the latest', async () => {
    const seen = await service.unitOfWork.runTogether('acme', async (tx) => {
      tx.gatherWrite(NOTE, 'first');
      tx.gatherWrite(NOTE, 'second');
      const rows = await tx.sql<{ what: string }>('SELECT what FROM effects ORDER BY n');
      tx.gatherWrite(NOTE, 'last');
      return rows.map(({ what }) => what);
    });
    expect(seen).toEqual(['first', 'second']);
    expect(await service.effects()).toEqual(['first', 'second', 'last']);
  });

  it('is one statement an item where nobody shares the transaction', async () => {
    await service.unitOfWork.run('acme', (tx) => together(numbers.map((n) => tx.gather(DOUBLE, n))));
    expect(statements).toHaveLength(20);
  });

  it('one that can not even be made fails its transaction, though nobody waits for it, and nothing else', async () => {
    const UNMADE: Gathered<string, void> = () => {
      throw new Error('it can not be made');
    };
    for (const sent of ['in this turn', 'with the commit']) {
      const failed = service.unitOfWork.runTogether('acme', async (tx) => {
        await effect(tx, 'never');
        tx.gatherWrite(UNMADE, 'x');
        if (sent === 'in this turn') await new Promise((resolve) => setImmediate(resolve));
      });
      await expect(failed).rejects.toThrow('it can not be made');
    }
    expect(await service.effects()).toEqual([]);
  });

  it('a statement that fails fails for all of them, and nothing stands', async () => {
    const BROKEN: Gathered<string, void> = async (tx) => {
      await tx.sql('SELECT broken');
      return [];
    };
    const outcomes = await service.unitOfWork
      .runTogether('acme', async (tx) => {
        tx.gatherWrite(NOTE, 'never');
        await together(numbers.map((n) => tx.gather(BROKEN, String(n))));
      })
      .catch((error: Error) => error.message);
    expect(outcomes).toMatch(/broken/);
    expect(await service.effects()).toEqual([]);
  });
});
