import { randomUUID } from 'node:crypto';
import { defineEvent, TOPICS, type CurfewEvent } from '@curfew/contracts';
import { Type } from '@sinclair/typebox';
import { until } from '../../../test/support/until.js';
import type { EventTransport, IncomingMessage, Subscription } from './event-transport.js';
import { groupBy } from './group-by.js';
import { CAUSE, effect, Handlers, one, openMessaging, startServer, type FakeService } from './messaging.fake.js';
import { OutboxRelay } from './outbox-relay.js';
import { Stopped } from './until-done.js';

/** A consumer joins its group first, on a machine that does much else. */
export const LONG = 30_000;

const schema = Type.Object({ n: Type.Integer() });
const define = (type: string, topic: (typeof TOPICS)[keyof typeof TOPICS]) =>
  defineEvent({ type: `curfew.transport-test.${type}.v1`, topic, schema, description: 'no product knows it' });
const Fact = define('fact', TOPICS.policies);
const OtherFact = define('other-fact', TOPICS.subjects);
const State = define('state', TOPICS.policyState);
const FACTS = Fact.topic.name;
const OTHER_FACTS = OtherFact.topic.name;
const STATE = State.topic.name;

export interface Message {
  readonly subject: string;
  readonly n: number;
}

type Readable = Pick<CurfewEvent<{ n: number }>, 'tenant' | 'subject' | 'data'>;

/** Others leave poison on a shared broker. */
function readable(value: IncomingMessage['value']): Readable {
  try {
    return JSON.parse(String(value)) as Readable;
  } catch {
    return { tenant: '', subject: '', data: { n: 0 } };
  }
}

/** One consumer group, which says what it committed. Of a shared broker it looks at one tenant alone. */
export class Group implements Subscription {
  readonly group = `transport-test-${randomUUID()}`;
  readonly got: Message[] = [];
  private readonly seen = new Set<string>();
  private before: Promise<void> = Promise.resolve();
  private stop_: ((reason: Error) => void) | undefined;
  private readonly stopped = new Promise<never>((_, reject) => (this.stop_ = reject));

  constructor(
    private readonly tenant: string,
    readonly topics: readonly string[],
    private readonly work: (message: Message) => Promise<void> | void = () => {},
  ) {
    this.stopped.catch(() => undefined);
  }

  /** The same group in the next process. */
  restarted(): Group {
    return Object.assign(new Group(this.tenant, this.topics), { group: this.group, seen: this.seen });
  }

  handle(messages: readonly IncomingMessage[]): Promise<void> {
    // What was handed over later waits, as at the event server: a road may not wait for its first batch.
    const handled = this.before.then(() => this.commit(messages));
    this.before = handled.catch(() => undefined);
    return handled;
  }

  private async commit(messages: readonly IncomingMessage[]): Promise<void> {
    for (const { value } of messages) {
      const { tenant, subject, data } = readable(value);
      if (tenant !== this.tenant) continue;
      const message = { subject, n: data.n };
      await Promise.race([this.work(message), this.stopped]);
      this.got.push(message);
    }
  }

  stop(): void {
    this.stop_?.(new Stopped('stopping'));
  }

  async unseenState(): Promise<readonly string[]> {
    return this.topics.filter((topic) => topic === STATE && !this.seen.has(topic));
  }

  async stateSeen(topic: string): Promise<void> {
    this.seen.add(topic);
  }
}

/** What came of each subject, a repeat left out: a message may come twice, and the inbox tells. */
export const inOrder = (got: readonly Message[]): Record<string, number[]> =>
  Object.fromEntries(
    [...groupBy(got, ({ subject }) => subject)].map(([subject, of]) => [subject, [...new Set(of.map(({ n }) => n))]]),
  );

/**
 * What every form of the road must show, with a real outbox at its beginning: for the in-process form the rows in it
 * are what a broker keeps.
 */
export function eventTransportSuite(open: (service: FakeService) => EventTransport): void {
  let service: FakeService;
  let tenant: string;
  let running: { transport: EventTransport; relay: OutboxRelay; groups: readonly Group[] } | undefined;

  beforeAll(async () => {
    service = await openMessaging(() => running?.relay.wake());
  });

  beforeEach(() => {
    tenant = `t-${randomUUID()}`;
  });

  afterEach(async () => {
    await stop();
    await service.empty();
  });

  afterAll(() => service.close());

  function start(...groups: readonly Group[]): EventTransport {
    const transport = open(service);
    for (const group of groups) transport.subscribe(group);
    const relay = new OutboxRelay('registry', service.relayConnection, transport, service.log);
    relay.start();
    running = { transport, relay, groups };
    return transport;
  }

  /** In the order of a product that stops: consumers first. */
  async function stop(): Promise<void> {
    const { transport, relay, groups } = running ?? {};
    running = undefined;
    for (const group of groups ?? []) group.stop();
    await transport?.stop();
    await relay?.stop();
  }

  const publish = (definition: typeof Fact, subject: string, ...numbers: readonly number[]) =>
    service.unitOfWork.run(tenant, async (tx) => {
      for (const n of numbers) tx.publish(definition, { subject, data: { n }, cause: CAUSE });
    });

  const numbersTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
  const received = (group: Group, count: number) =>
    until(`${count} messages have come`, () => Object.values(inOrder(group.got)).flat().length >= count, LONG);

  it(
    'each group gets every message of its topics, those of one key in order',
    async () => {
      const [all, again, other] = [
        new Group(tenant, [FACTS, OTHER_FACTS]),
        new Group(tenant, [FACTS, OTHER_FACTS]),
        new Group(tenant, [OTHER_FACTS]),
      ];
      const subjects = numbersTo(12).map((n) => `s-${n}`);
      const publishAll = async (from: number, to: number) => {
        for (let n = from; n <= to; n++)
          await Promise.all(
            subjects.map((subject, i) => publish(i % 3 === 0 ? OtherFact : Fact, subject, 2 * n - 1, 2 * n)),
          );
      };
      await publishAll(1, 3); // some before anyone listens
      start(all, again, other);
      await publishAll(4, 10);
      await Promise.all([received(all, 240), received(again, 240), received(other, 80)]);
      const expected = Object.fromEntries(subjects.map((subject) => [subject, numbersTo(20)]));
      expect(inOrder(all.got)).toEqual(expected);
      expect(inOrder(again.got)).toEqual(expected);
      expect(inOrder(other.got)).toEqual(
        Object.fromEntries(subjects.filter((_, i) => i % 3 === 0).map((subject) => [subject, numbersTo(20)])),
      );
    },
    2 * LONG,
  );

  it(
    'a group that is slow with one topic holds back neither another group nor another topic',
    async () => {
      let release = () => {};
      const held = new Promise<void>((resolve) => (release = resolve));
      const slow = new Group(tenant, [FACTS], () => held);
      const quick = new Group(tenant, [FACTS, OTHER_FACTS]);
      start(slow, quick);
      for (const n of numbersTo(5)) await publish(Fact, 's', n);
      await publish(OtherFact, 'o', ...numbersTo(5));
      await received(quick, 10);
      expect(slow.got).toEqual([]);
      release();
      await received(slow, 5);
      expect(inOrder(slow.got)).toEqual({ s: numbersTo(5) });
    },
    2 * LONG,
  );

  it(
    'what was not committed when it stopped comes again after the restart, in order; so does what was published meanwhile',
    async () => {
      const stuck = new Group(tenant, [FACTS], ({ n }) => (n === 3 ? new Promise(() => {}) : undefined));
      const well = new Group(tenant, [FACTS]);
      start(stuck, well);
      await publish(Fact, 's', 1, 2, 3, 4);
      await received(well, 4);
      await received(stuck, 2);
      await stop();
      expect(inOrder(stuck.got)).toEqual({ s: [1, 2] });
      await publish(Fact, 's', 5, 6);
      const [next, wellNext] = [stuck.restarted(), well.restarted()];
      start(next, wellNext);
      await until(
        'all have come',
        () => next.got.some(({ n }) => n === 6) && wellNext.got.some(({ n }) => n === 6),
        LONG,
      );
      expect(inOrder([...stuck.got, ...next.got])).toEqual({ s: numbersTo(6) });
      expect(next.got.map(({ n }) => n)).toEqual(expect.arrayContaining([3, 4, 5, 6]));
      expect(inOrder([...well.got, ...wellNext.got])).toEqual({ s: numbersTo(6) });
    },
    3 * LONG,
  );

  it(
    'a group that comes later gets the state that stands, of every key the last, and what follows',
    async () => {
      const first = new Group(tenant, [STATE]);
      start(first);
      await publish(State, 'a', 1);
      await publish(State, 'b', 1);
      await publish(State, 'a', 2);
      await publish(State, 'a', 3);
      await received(first, 4);
      await stop();
      const late = new Group(tenant, [STATE, FACTS]);
      start(first.restarted(), late);
      await until('the state has come', () => late.got.some(({ subject, n }) => subject === 'a' && n === 3), LONG);
      await publish(State, 'b', 2);
      await until('so has the change', () => late.got.some(({ subject, n }) => subject === 'b' && n === 2), LONG);
      const last = Object.fromEntries(Object.entries(inOrder(late.got)).map(([subject, of]) => [subject, of.at(-1)]));
      expect(last).toEqual({ a: 3, b: 2 });
      expect(inOrder(late.got)).toMatchObject({ b: [1, 2] });
    },
    3 * LONG,
  );

  it(
    'a handler that fails is tried again: nothing is lost, done twice or out of order, and other keys go on',
    async () => {
      const handlers = new Handlers();
      handlers.batch = async () => {}; // on a shared broker they are others'
      let failures = 6;
      handlers.each = async (event, tx) => {
        if (event.tenant !== tenant) return;
        if (event.subject === 'ill' && failures-- > 0) throw new Error('not yet');
        await effect(tx, `${event.subject} ${event.data.version}`);
      };
      const transport = open(service);
      const relay = new OutboxRelay('registry', service.relayConnection, transport, service.log);
      const server = await startServer(service, inGroupOfItsOwn(transport), handlers);
      running = { transport, relay, groups: [] };
      relay.start();
      await service.unitOfWork.run(tenant, async (tx) => {
        for (const n of numbersTo(4))
          for (const subject of ['ill', 'well'])
            await tx.sql('INSERT INTO outbox (tenant, topic, key, message) VALUES ($1, $2, $3, $4)', [
              tenant,
              FACTS,
              `${tenant}:${subject}`,
              JSON.stringify(one(n, { tenant, subject })),
            ]);
      });
      relay.wake();
      await until('all are handled', async () => (await service.effects()).length >= 8, LONG);
      await server.close();
      const effects = await service.effects();
      for (const subject of ['ill', 'well'])
        expect(effects.filter((what) => what.startsWith(`${subject} `))).toEqual(
          numbersTo(4).map((n) => `${subject} ${n}`),
        );
      expect(effects).toHaveLength(8);
      expect(effects.indexOf('well 4')).toBeLessThan(effects.indexOf('ill 1'));
      expect((await service.deadLetters()).filter((letter) => letter.tenant === tenant)).toEqual([]);
    },
    2 * LONG,
  );
}

/**
 * A consumer group nobody else is in, though the server names it after its service: a broker is shared.
 * `done` is told of each batch that was handled.
 */
export const inGroupOfItsOwn = (
  transport: EventTransport,
  done: (messages: readonly IncomingMessage[]) => void = () => {},
): EventTransport => {
  const group = `transport-test-${randomUUID()}`;
  const subscribe = (subscription: Subscription) =>
    transport.subscribe({
      group: `${group}${subscription.group.slice('registry'.length)}`,
      topics: subscription.topics,
      handle: async (messages) => {
        await subscription.handle(messages);
        done(messages);
      },
      unseenState: () => subscription.unseenState(),
      stateSeen: (topic) => subscription.stateSeen(topic),
    });
  return Object.create(transport, { subscribe: { value: subscribe } }) as EventTransport;
};
