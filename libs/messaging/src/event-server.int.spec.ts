import { EventDeadLetteredV1 } from '@curfew/contracts';
import { until } from '../../../test/support/until.js';
import { PermanentError } from './errors.js';
import { MemoryEventTransport } from './event-transport.memory.js';
import {
  effect,
  Handlers,
  incoming,
  one,
  openMessaging,
  some,
  startServer,
  type FakeService,
} from './messaging.fake.js';

let service: FakeService;
let handlers: Handlers;
let server: Awaited<ReturnType<typeof startServer>>;

beforeAll(async () => {
  service = await openMessaging();
});

beforeEach(async () => {
  await service.empty();
  handlers = new Handlers();
  server = await startServer(service, new MemoryEventTransport(), handlers);
});

afterEach(() => server.close());

afterAll(() => service.close());

const on = (subject: string) => ({ subject });
const byKey = (effects: readonly string[], key: string) => effects.filter((what) => what.startsWith(`${key} `));

describe('duplicates and order', () => {
  it.each([
    ['each', one],
    ['batch', some],
  ])('F-14 three deliveries of every message have one effect (%s)', async (_mode, make) => {
    const events = [1, 2, 3, 4].map((n) => make(n, on(`u-${n % 2}`)));
    const messages = events.map((event) => incoming(event));
    await server.handle([...messages, ...messages]); // twice in one batch
    await server.handle(messages); // and once more, later
    await Promise.all([server.handle(messages), server.handle(messages)]); // and from two partitions at once
    expect((await service.effects()).sort()).toEqual(['acme:u-0 2', 'acme:u-0 4', 'acme:u-1 1', 'acme:u-1 3']);
  });

  it('F-15 the order across keys is free, within one it is kept', async () => {
    const keys = ['u-1', 'u-2', 'u-3', 'u-4'];
    const next = new Map(keys.map((key) => [key, 0]));
    const shuffled = Array.from({ length: 80 }, (_, i) => keys[(i * i + (i >> 2)) % keys.length]!).map((key) => {
      next.set(key, next.get(key)! + 1);
      return incoming(one(next.get(key)!, on(key)));
    });
    await Promise.all([server.handle(shuffled.slice(0, 30)), server.handle(shuffled.slice(30))]);
    const effects = await service.effects();
    for (const key of keys)
      expect(byKey(effects, `acme:${key}`)).toEqual(
        Array.from({ length: next.get(key)! }, (_, i) => `acme:${key} ${i + 1}`),
      );
  });

  it('a key that waits holds back its own events and nobody else', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    handlers.each = async (event, tx) => {
      if (event.data.version === 1) await held;
      await effect(tx, `${event.partitionkey} ${event.data.version}`);
    };
    const all = server.handle(
      [one(1, on('slow')), one(2, on('slow')), one(3, on('quick')), one(4, on('quick'))].map((event) =>
        incoming(event),
      ),
    );
    await until('the other key is done', async () => (await service.effects()).length === 2);
    expect(await service.effects()).toEqual(['acme:quick 3', 'acme:quick 4']);
    release();
    await all;
    expect(byKey(await service.effects(), 'acme:slow')).toEqual(['acme:slow 1', 'acme:slow 2']);
  });

  it('batches: one transaction for all that wait of one tenant', async () => {
    const seen: string[] = [];
    handlers.batch = async (events, tx) => {
      const [row] = await tx.sql<{ transaction: string }>('SELECT pg_current_xact_id()::text AS transaction');
      seen.push(`${tx.tenant} ${events.map(({ data }) => data.version).join()} ${row!.transaction}`);
    };
    const of = (tenant: string) => ({ tenant });
    // As they come from several partitions: one call each.
    await Promise.all(
      [some(1, of('acme')), some(2, of('globex')), some(3, of('acme')), some(4, of('globex'))].map((event) =>
        server.handle([incoming(event)]),
      ),
    );
    expect(seen.map((line) => line.replace(/ \d+$/, '')).sort()).toEqual(['acme 1,3', 'globex 2,4']);
  });
});

describe('F-16 poison', () => {
  const whole = JSON.stringify(one(1));
  const poisons: readonly (readonly [string, Buffer | string | null, RegExp])[] = [
    ['no value', null, /no value/],
    ['an empty value', '', /not JSON/],
    ['not JSON', 'hello', /not JSON/],
    ['bytes that are no text', Buffer.from([0, 0xff, 0xfe, 0xc3, 0x28]), /not JSON/],
    ['truncated', whole.slice(0, -20), /not JSON/],
    ['5 MB of nothing', 'x'.repeat(5_000_000), /not JSON/],
    ['JSON, but no object', '[1]', /CloudEvents/],
    ['only a prototype', '{"__proto__": {"specversion": "1.0", "polluted": true}}', /CloudEvents/],
    ['another CloudEvents version', JSON.stringify({ ...one(1), specversion: '0.3' }), /CloudEvents: \/specversion/],
    ['data of another schema', JSON.stringify({ ...one(1), data: { version: -1 } }), /data does not match/],
    ['an id that is too long to be kept', JSON.stringify(one(1, { id: 'x'.repeat(300) })), /CloudEvents: \/id/],
    ['a NUL in the id', JSON.stringify(one(1, { id: 'a\0b' })), /CloudEvents: \/id/],
    ['a NUL in the tenant', JSON.stringify(one(1, { tenant: 'a\0b' })), /CloudEvents: \/tenant/],
    ['a NUL in the subject', JSON.stringify(one(1, { subject: 'a\0b' })), /CloudEvents: \/subject/],
    ['a time that is none', JSON.stringify(one(1, { time: 'yesterday' })), /CloudEvents: \/time/],
  ];

  it.each(poisons)('%s is set aside once, with the reason, and the next is handled', async (_name, value, reason) => {
    const poison = incoming(value, 'curfew.policies/0/7');
    await server.handle([poison, incoming(one(2))]);
    await server.handle([poison]);
    await Promise.all([server.handle([poison]), server.handle([poison])]);
    expect(await service.effects()).toEqual(['acme:u-1 2']);
    const letters = await service.deadLetters();
    expect(letters).toHaveLength(1);
    expect(EventDeadLetteredV1.check.Check(letters[0]!.data)).toBe(true);
    expect(letters[0]!.data).toMatchObject({ service: 'registry', topic: 'curfew.policies', eventId: null });
    expect(letters[0]!.data.reason).toMatch(reason);
    expect(letters[0]!.data.message).toBe(String(value ?? '').slice(0, 65_536));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('what is nested deeper than it can be written again is set aside, not tried for ever', async () => {
    handlers.each = (event, tx) => effect(tx, JSON.stringify(event.data).slice(0, 20));
    const deep = JSON.stringify(one(1)).replace('"before":null', `"before":${'['.repeat(6_000)}${']'.repeat(6_000)}`);
    await server.handle([incoming(deep), incoming(one(2))]);
    expect(await service.effects()).toEqual(['{"version":2,"before']);
    expect((await service.deadLetters()).map(({ data }) => data.reason)).toEqual(['Maximum call stack size exceeded']);
  });

  it('`__proto__` among good data is data', async () => {
    const message = JSON.stringify(one(1)).replace('"before":null', '"before":{"__proto__":{"polluted":true}}');
    await server.handle([incoming(message)]);
    expect(await service.effects()).toEqual(['acme:u-1 1']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('a type nobody takes is passed over', async () => {
    await server.handle([incoming({ ...one(1), type: 'curfew.something.v9' }), incoming(one(2))]);
    expect(await service.effects()).toEqual(['acme:u-1 2']);
    expect(await service.deadLetters()).toEqual([]);
  });

  it.each([
    ['each', one],
    ['batch', some],
  ])('a broken rule sets aside the guilty one only, and undoes what it had done (%s)', async (_mode, make) => {
    const judge = (n: number) => {
      if (n === 3) throw new PermanentError('three is not allowed');
    };
    handlers.each = async (event, tx) => {
      await effect(tx, `${event.data.version}`);
      judge(event.data.version);
    };
    handlers.batch = async (events, tx) => {
      for (const { data } of events) await effect(tx, `${data.version}`);
      for (const { data } of events) judge(data.version);
    };
    const events = [1, 2, 3, 4, 5].map((n) => make(n));
    await server.handle(events.map((event) => incoming(event)));
    await server.handle(events.map((event) => incoming(event)));
    expect(await service.effects()).toEqual(['1', '2', '4', '5']);
    const letters = await service.deadLetters();
    expect(letters.map(({ data }) => [data.eventId, data.reason])).toEqual([[events[2]!.id, 'three is not allowed']]);
    expect(letters[0]).toMatchObject({ tenant: 'acme', subject: 'u-1', causationid: events[2]!.id });
  });

  it('data PostgreSQL refuses is at fault itself', async () => {
    handlers.each = (event, tx) => effect(tx, String(event.data.before));
    const guilty = one(1);
    await server.handle([incoming({ ...guilty, data: { ...guilty.data, before: 'a\0b' } }), incoming(one(2))]);
    expect(await service.effects()).toEqual(['null']);
    expect((await service.deadLetters()).map(({ data }) => data.eventId)).toEqual([guilty.id]);
  });
});

describe('F-20 a database that is away is waited for', () => {
  it.each([
    ['each', one],
    ['batch', some],
  ])('the connection is lost in the middle of the work (%s)', async (_mode, make) => {
    let left = 3;
    const lose = async (tx: { sql(text: string): Promise<unknown[]> }) => {
      if (left-- <= 0) return;
      const [row] = (await tx.sql('SELECT pg_backend_pid() AS pid')) as [{ pid: number }];
      await service.terminate([row.pid]);
    };
    handlers.each = async (event, tx) => {
      await effect(tx, `${event.data.version}`);
      await lose(tx);
    };
    handlers.batch = async (events, tx) => {
      for (const { data } of events) await effect(tx, `${data.version}`);
      await lose(tx);
    };
    await server.handle([1, 2, 3].map((n) => incoming(make(n))));
    expect(await service.effects()).toEqual(['1', '2', '3']);
    expect(await service.deadLetters()).toEqual([]);
  });

  it('so is any other dependency that fails, while other keys go on', async () => {
    let failures = 5;
    handlers.each = async (event, tx) => {
      if (event.data.version === 1 && failures-- > 0) throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
      await effect(tx, `${event.partitionkey} ${event.data.version}`);
    };
    await server.handle([one(1, on('a')), one(2, on('a')), one(3, on('b'))].map((event) => incoming(event)));
    expect(failures).toBe(-1);
    expect(await service.effects()).toEqual(['acme:b 3', 'acme:a 1', 'acme:a 2']);
    expect(await service.deadLetters()).toEqual([]);
  });
});

it('where batches wait for company, what somebody waits for does not, and takes along who is there', async () => {
  const prompt = new Set<string>();
  const lingering = { ms: 600_000, prompt };
  const patient = await startServer(service, new MemoryEventTransport(), handlers, lingering);
  try {
    const first = patient.handle([incoming(some(1))]); // waits for company
    await new Promise((resolve) => setImmediate(resolve));
    prompt.add(some(2).type);
    await Promise.all([patient.handle([incoming(some(2))]), first]);
    await patient.handle([incoming(some(3))]); // alone
    expect(await service.effects()).toEqual(['acme:u-1 1', 'acme:u-1 2', 'acme:u-1 3']);
  } finally {
    await patient.close();
  }
});

it('what is in hand when it stops is given back, and is not done', async () => {
  handlers.each = async () => {
    throw new Error('not yet');
  };
  let refused = false;
  const handling = server.handle([incoming(one(1))]).catch(() => (refused = true));
  await server.close();
  await handling;
  expect(refused).toBe(true);
  expect(await service.effects()).toEqual([]);
  expect(await service.deadLetters()).toEqual([]);
});
