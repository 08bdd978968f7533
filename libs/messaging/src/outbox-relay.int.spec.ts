import { defineEvent, TOPICS } from '@curfew/contracts';
import { Type } from '@sinclair/typebox';
import { until } from '../../../test/support/until.js';
import { EventTransport, type OutgoingMessage } from './event-transport.js';
import { groupBy } from './group-by.js';
import { CAUSE, openMessaging, type FakeService } from './messaging.fake.js';
import { OutboxRelay } from './outbox-relay.js';

const schema = Type.Object({ n: Type.Integer() });
const define = (type: string, topic: (typeof TOPICS)[keyof typeof TOPICS]) =>
  defineEvent({ type: `curfew.relay-test.${type}.v1`, topic, schema, description: '' });
const Fact = define('fact', TOPICS.policies);
const State = define('state', TOPICS.policyState);

/** Keeps what it is given, as a broker that can be told to misbehave. */
class Broker extends EventTransport {
  readonly got: OutgoingMessage[] = [];
  wanted = new Set<string>();
  /** May throw before or after it took them, or not call `delivered` at all. */
  deliver: (messages: readonly OutgoingMessage[], delivered: () => Promise<void>) => Promise<void> = (_, delivered) =>
    delivered();

  override send(messages: readonly OutgoingMessage[], delivered: (ids: readonly string[]) => Promise<void>) {
    this.got.push(...messages);
    return this.deliver(messages, () => delivered(messages.map(({ id }) => id)));
  }

  override subscribe(): void {}
  override wantedState = async () => this.wanted;
  override stateSent = async (topic: string) => void this.wanted.delete(topic);
  override trouble = () => undefined;
  override async stop(): Promise<void> {}

  /** By key, a repeat left out. */
  get order(): Record<string, number[]> {
    return Object.fromEntries(
      [...groupBy(this.got, ({ key }) => key.split(':')[1]!)].map(([key, of]) => [key, [...new Set(of.map(numberOf))]]),
    );
  }
}

const numberOf = ({ message }: { readonly message: string }) => (JSON.parse(message) as { data: { n: number } }).data.n;

let service: FakeService;
let broker: Broker;
const relays: OutboxRelay[] = [];

beforeAll(async () => {
  service = await openMessaging(() => relays.forEach((relay) => relay.wake()));
});

beforeEach(() => {
  broker = new Broker();
});

afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  await service.empty();
});

afterAll(() => service.close());

function startRelay(to: EventTransport = broker): OutboxRelay {
  const relay = new OutboxRelay('registry', service.relayConnection, to, service.log);
  relay.start();
  relays.push(relay);
  return relay;
}

const publish = (subject: string, numbers: readonly number[], definition = Fact) =>
  service.unitOfWork.run('acme', async (tx) => {
    for (const n of numbers) tx.publish(definition, { subject, data: { n }, cause: CAUSE });
  });
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const empty = () => until('the outbox is empty', async () => (await service.outbox()).length === 0, 20_000);

/** The process that works: whose connection holds the lock. */
const holders = async (): Promise<number[]> =>
  (
    await service.owner.query<{ pid: number }>(
      `SELECT pid FROM pg_locks JOIN pg_database d ON d.oid = database WHERE datname = current_database()
       AND locktype = 'advisory' AND granted`,
    )
  ).rows.map(({ pid }) => pid);

it('rows leave in the order of their ids, however many digits these have', async () => {
  await publish('a', numbers(1, 120));
  startRelay();
  await empty();
  expect(broker.order).toEqual({ a: numbers(1, 120) });
  expect(broker.got).toHaveLength(120);
});

it('more than may be in hand at once: all leave once, in order', async () => {
  // The acknowledgement of the first is late, as that of a slow group in the process.
  const late: (() => Promise<void>)[] = [];
  broker.deliver = async (_, delivered) => void late.push(delivered);
  await publish('a', numbers(1, 3_000));
  await publish('b', numbers(1, 3_000));
  startRelay();
  await until('it waits, its hands full', () => broker.got.length === 4_000, 20_000);
  broker.deliver = (_, delivered) => delivered();
  for (const delivered of late) await delivered();
  await empty();
  expect(broker.order).toEqual({ a: numbers(1, 3_000), b: numbers(1, 3_000) });
  expect(broker.got).toHaveLength(6_000);
}, 60_000);

it('a lower id that commits after a higher one is not passed over', async () => {
  startRelay();
  await service.unitOfWork.run('acme', async (tx) => {
    // Its ids are taken here, and seen by nobody until the end of the transaction.
    await tx.sql(`INSERT INTO outbox (tenant, topic, key, message) VALUES ('acme', $1, 'acme:early', $2)`, [
      Fact.topic.name,
      JSON.stringify({ data: { n: 1 } }),
    ]);
    await publish('late', [2, 3]);
    await until('the later ones have left', () => broker.got.length === 2);
  });
  await until('so has the early one', () => broker.got.length === 3);
  expect(broker.got.map(({ key }) => key)).toEqual(['acme:late', 'acme:late', 'acme:early']);
  const ids = broker.got.map(({ id }) => Number(id));
  expect(ids[2]).toBeLessThan(ids[0]!);
  await empty();
});

describe('two relays of a service', () => {
  it('one works; the other takes over when it stops, and when it loses its connection', async () => {
    const brokers = [new Broker(), new Broker(), new Broker()];
    const first = startRelay(brokers[0]);
    await until('the first works', async () => (await holders()).length === 1);
    startRelay(brokers[1]);
    await publish('a', numbers(1, 50));
    await empty();
    expect([brokers[0]!.got.length, brokers[1]!.got.length]).toEqual([50, 0]);
    await first.stop();
    await publish('a', numbers(51, 100));
    await empty();
    expect([brokers[0]!.got.length, brokers[1]!.got.length]).toEqual([50, 50]);
    startRelay(brokers[2]);
    await service.terminate(await holders());
    await publish('a', numbers(101, 150));
    await empty();
    const all = Object.assign(new Broker(), { got: brokers.flatMap(({ got }) => got) });
    expect(all.order).toEqual({ a: numbers(1, 150) });
    expect(await holders()).toHaveLength(1);
  }, 30_000);

  it('who lost the lock while sending marks nothing: the other sends it again', async () => {
    let acknowledge: (() => Promise<void>) | undefined;
    broker.deliver = async (_, delivered) => void (acknowledge ??= delivered);
    startRelay();
    await publish('a', [1, 2]);
    await until('it is sent', () => acknowledge !== undefined);
    const [lost] = await holders();
    const next = new Broker();
    next.deliver = async () => {};
    startRelay(next);
    await service.terminate([lost!]);
    await until('it is sent again', () => next.got.length + broker.got.length >= 4, 20_000);
    await acknowledge!();
    expect((await service.outbox()).map(numberOf)).toEqual([1, 2]);
  }, 30_000);
});

describe('nothing is lost', () => {
  it('when the broker refuses a batch, before or after it took it', async () => {
    let failures = 4;
    broker.deliver = async (_, delivered) => {
      if (failures-- > 0) throw new Error('no acknowledgement');
      await delivered();
    };
    startRelay();
    await publish('a', numbers(1, 10));
    await publish('b', numbers(1, 10));
    await empty();
    expect(failures).toBeLessThan(0);
    expect(broker.order).toEqual({ a: numbers(1, 10), b: numbers(1, 10) });
  }, 30_000);

  it('when it was taken and could not be marked', async () => {
    let first = true;
    broker.deliver = async (_, delivered) => {
      if (first) await service.terminate(await holders());
      first = false;
      await delivered();
    };
    startRelay();
    await publish('a', numbers(1, 5));
    await empty();
    expect(broker.order).toEqual({ a: numbers(1, 5) });
    expect(broker.got.length).toBeGreaterThanOrEqual(10);
  }, 30_000);
});

it('of state the last row of each key stays; a group that comes later gets it, in order and page by page', async () => {
  startRelay();
  for (const n of [1, 2, 3]) {
    await publish('a', [n], State);
    await until('it is marked', async () => (await service.outbox()).every(({ sent_at }) => sent_at !== null));
  }
  await publish('b', [7], State);
  await publish('fact', [1]);
  const kept = await until('only the last are kept', async () => {
    const rows = await service.outbox();
    return rows.length === 2 && rows.every(({ sent_at }) => sent_at !== null) && rows;
  });
  expect(kept.map((row) => [row.key, numberOf(row)])).toEqual([
    ['acme:a', 3],
    ['acme:b', 7],
  ]);
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));

  await service.owner.query(
    `INSERT INTO outbox (tenant, topic, key, message, sent_at)
     SELECT 'acme', $1, 'acme:k' || n, format('{"data":{"n":%s}}', n), now() FROM generate_series(1, 1200) n`,
    [State.topic.name],
  );
  const later = new Broker();
  later.wanted.add(State.topic.name);
  startRelay(later);
  await until('it says that all of it was sent', () => later.wanted.size === 0, 20_000);
  expect(later.got.map(numberOf)).toEqual([3, 7, ...numbers(1, 1200)]);
}, 30_000);
