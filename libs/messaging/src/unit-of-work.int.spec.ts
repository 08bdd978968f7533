import { PolicyAppliedV1 } from '@curfew/contracts';
import { until } from '../../../test/support/until.js';
import { exclusive, shared } from './locks.js';
import { CAUSE, effect, openMessaging, type FakeService } from './messaging.fake.js';
import { together, type Tx } from './tx.js';

let service: FakeService;
let woken = 0;

beforeAll(async () => {
  service = await openMessaging(() => woken++);
});

beforeEach(async () => {
  await service.empty();
  woken = 0;
});

afterAll(() => service.close());

const publish = (tx: Tx, version: number) =>
  tx.publish(PolicyAppliedV1, { subject: 'policy', data: { version }, cause: CAUSE });
const published = async () =>
  (await service.outbox()).map(({ message }) => (JSON.parse(message) as PolicyAppliedV1).data.version);

it('a deadlock is run again: both ends stand, each effect once, and what waited for the commit happens once', async () => {
  await service.owner.query('CREATE TABLE IF NOT EXISTS counters (id integer PRIMARY KEY, n integer NOT NULL)');
  await service.owner.query('GRANT SELECT, UPDATE ON counters TO PUBLIC; TRUNCATE counters');
  await service.owner.query('INSERT INTO counters VALUES (1, 0), (2, 0)');
  let inside = 0;
  let runs = 0;
  const committed: number[] = [];
  const both = [
    [1, 2],
    [2, 1],
  ].map((order, i) =>
    service.unitOfWork.run('acme', async (tx) => {
      runs++;
      await tx.sql('UPDATE counters SET n = n + 1 WHERE id = $1', [order[0]]);
      inside++;
      await until('each has what the other wants', () => inside >= 2);
      await tx.sql('UPDATE counters SET n = n + 1 WHERE id = $1', [order[1]]);
      await effect(tx, `work ${i}`);
      publish(tx, i);
      tx.afterCommit(() => committed.push(i));
      return i;
    }),
  );
  expect(await Promise.all(both)).toEqual([0, 1]);
  expect(runs).toBeGreaterThan(2);
  expect((await service.owner.query('SELECT n FROM counters')).rows).toEqual([{ n: 2 }, { n: 2 }]);
  expect((await service.effects()).sort()).toEqual(['work 0', 'work 1']);
  expect((await published()).sort()).toEqual([0, 1]);
  expect(committed.sort()).toEqual([0, 1]);
  expect(woken).toBe(2);
}, 20_000);

it('a transaction that deadlocks for ever is given up with the reason, after some runs', async () => {
  let runs = 0;
  const hopeless = service.unitOfWork.run('acme', async (tx) => {
    runs++;
    await tx.sql(`DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40P01'; END $$`);
  });
  await expect(hopeless).rejects.toMatchObject({ code: '40P01' });
  expect(runs).toBe(9);
});

describe('all or nothing', () => {
  const ways: readonly (readonly [string, (tx: Tx) => Promise<unknown> | void, RegExp])[] = [
    ['a statement that fails', (tx) => tx.sql('SELECT 1 / 0'), /division by zero/],
    ['one nobody waited for', (tx) => tx.write('SELECT 1 / $1::int', [0]), /division by zero/],
    [
      'one of several sent together',
      (tx) => together([tx.sql('SELECT 1'), tx.sql('SELECT 1 / 0')]),
      /division by zero/,
    ],
    ['a failure that the work swallowed', (tx) => tx.sql('SELECT 1 / 0').catch(() => undefined), /division by zero/],
    ['an event that does not match its schema', async (tx) => publish(tx, -1), /would not match its schema/],
    ['the work itself', () => Promise.reject(new Error('no')), /^no$/],
    [
      'a row of another tenant',
      (tx) => tx.sql(`INSERT INTO effects (tenant, what) VALUES ('globex', 'x')`),
      /row-level/,
    ],
  ];

  it.each(ways)('%s undoes what was written and published', async (_name, fail, reason) => {
    const committed = jest.fn();
    const work = service.unitOfWork.run('acme', async (tx) => {
      await effect(tx, 'never');
      publish(tx, 1);
      tx.afterCommit(committed);
      await fail(tx);
      tx.write(`INSERT INTO effects (tenant, what) VALUES ($1, 'nor this')`, [tx.tenant]);
    });
    await expect(work).rejects.toThrow(reason);
    expect(await service.effects()).toEqual([]);
    expect(await published()).toEqual([]);
    expect(committed).not.toHaveBeenCalled();
    expect(woken).toBe(0);
    // The connection goes back clean: the next transaction on it works.
    await service.unitOfWork.run('acme', (tx) => effect(tx, 'next'));
    expect(await service.effects()).toEqual(['next']);
  });

  it('a connection that is lost before the commit undoes all, and does not come back to the pool', async () => {
    const lost = service.unitOfWork.run('acme', async (tx) => {
      await effect(tx, 'never');
      publish(tx, 1);
      const [row] = await tx.sql<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await service.terminate([row!.pid]);
    });
    await expect(lost).rejects.toThrow();
    expect([await service.effects(), await published(), woken]).toEqual([[], [], 0]);
    await Promise.all(Array.from({ length: 12 }, (_, i) => service.unitOfWork.run('acme', (tx) => effect(tx, `${i}`))));
    expect(await service.effects()).toHaveLength(12);
  });

  it('what is published is not there before the commit, and nobody is woken', async () => {
    await service.unitOfWork.run('acme', async (tx) => {
      publish(tx, 1);
      await tx.sql('SELECT 1');
      expect([await published(), woken]).toEqual([[], 0]);
    });
    expect([await published(), woken]).toEqual([[1], 1]);
  });

  it('a transaction that has ended takes nothing any more', async () => {
    let kept: Tx | undefined;
    await service.unitOfWork.run('acme', async (tx) => void (kept = tx));
    await expect(kept!.sql('SELECT 1')).rejects.toThrow(/has ended/);
  });
});

it('I7 the tenant of one transaction is not that of the next on the same connection', async () => {
  await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      service.unitOfWork.run(`tenant-${i % 4}`, (tx) => effect(tx, `of ${tx.tenant}`)),
    ),
  );
  await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      const tenant = `tenant-${i % 4}`;
      const seen = await service.unitOfWork.run(tenant, (tx) =>
        tx.sql<{ tenant: string }>('SELECT DISTINCT tenant FROM effects'),
      );
      expect(seen).toEqual([{ tenant }]);
    }),
  );
  // Outside of a transaction there is none, on any connection of the pool.
  const outside = await Promise.all(
    Array.from({ length: 10 }, () => service.dataSource.query<unknown[]>('SELECT * FROM effects')),
  );
  expect(outside.flat()).toEqual([]);
});

it.each(["o'brien", 'a"b', 'x\\', `'; SELECT pg_sleep(10); --`])(
  'F-70 a tenant called %s is that tenant',
  async (tenant) => {
    await service.unitOfWork.run(tenant, (tx) => effect(tx, 'done'));
    const seen = await service.unitOfWork.run(tenant, (tx) => tx.sql('SELECT tenant FROM effects'));
    expect(seen).toEqual([{ tenant }]);
  },
);

describe('locks', () => {
  it('exclusive ones keep each other out until the commit, and what follows sees what they waited for', async () => {
    const counts: number[] = [];
    await Promise.all(
      Array.from({ length: 8 }, () =>
        service.unitOfWork.run(
          'acme',
          async (tx) => {
            const [row] = await tx.sql<{ n: number }>('SELECT count(*)::int AS n FROM effects');
            counts.push(row!.n);
            await effect(tx, 'in');
          },
          [exclusive('subject', 'acme', 'u-1')],
        ),
      ),
    );
    expect(counts).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('shared ones share, and keep an exclusive one out', async () => {
    let inside = 0;
    let excluded: Promise<unknown> | undefined;
    const order: string[] = [];
    const shareIt = () =>
      service.unitOfWork.run(
        'acme',
        async (tx) => {
          await tx.sql('SELECT 1'); // an answer comes after the locks
          inside++;
          await until('both are in', () => inside === 2);
          excluded ??= service.unitOfWork.run(
            'acme',
            async (tx) => {
              await tx.sql('SELECT 1');
              order.push('exclusive');
            },
            [exclusive('tenant', 'acme')],
          );
          await until('it waits', async () => {
            const { rows } = await service.owner.query(
              `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`,
            );
            return rows.length > 0;
          });
          order.push('shared');
        },
        [shared('tenant', 'acme')],
      );
    await Promise.all([shareIt(), shareIt()]);
    await excluded;
    expect(order).toEqual(['shared', 'shared', 'exclusive']);
  });
});
