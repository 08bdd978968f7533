import { TOPICS } from '@curfew/contracts';
import { until } from '../../../test/support/until.js';
import { EventTransport, type OutgoingMessage } from './event-transport.js';
import { MemoryEventTransport } from './event-transport.memory.js';
import { effect, Handlers, incoming, openMessaging, some, startServer, type FakeService } from './messaging.fake.js';
import { OutboxRelay } from './outbox-relay.js';

let service: FakeService;

beforeAll(async () => {
  service = await openMessaging();
});
beforeEach(() => service.empty());
afterAll(() => service.close());

/** Takes what it is given, and carries none of it to the end. */
class StuckTransport extends EventTransport {
  readonly taken: OutgoingMessage[] = [];

  override async send(messages: readonly OutgoingMessage[]): Promise<void> {
    this.taken.push(...messages);
  }

  override subscribe(): void {}
  override async wantedState(): Promise<ReadonlySet<string>> {
    return new Set();
  }
  override async stateSent(): Promise<void> {}
  override trouble(): undefined {}
  override async stop(): Promise<void> {}
}

const publish = (topic: string, count: number) =>
  service.owner.query(
    `INSERT INTO outbox (tenant, topic, key, message) SELECT 'acme', $1, n::text, '{}' FROM generate_series(1, $2::int) n`,
    [topic, count],
  );

it('one fact is not behind 10,000 bulk rows that were published before it, nor behind those nobody takes to the end', async () => {
  const transport = new StuckTransport();
  await publish(TOPICS.sessionsBulk.name, 10_000);
  await publish(TOPICS.sessions.name, 1);
  const relay = new OutboxRelay('registry', service.relayConnection, transport, service.log);
  relay.start();
  try {
    const facts = () => transport.taken.filter(({ topic }) => topic === TOPICS.sessions.name).length;
    await until('the fact is taken', () => facts() === 1);
    expect(transport.taken.findIndex(({ topic }) => topic === TOPICS.sessions.name)).toBeLessThan(501); // in the first batch
    await until('so much bulk is in hand as may be', () => transport.taken.length >= 2_001);
    await publish(TOPICS.sessions.name, 1);
    await until('the next fact is taken all the same', () => facts() === 2);
    expect(transport.taken.length).toBe(2_002);
  } finally {
    await relay.stop();
  }
});

it('a batch of the bulk lane that is being handled, or waits for a database, holds up no batch of the other', async () => {
  const handlers = new Handlers();
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  handlers.batch = async (events, tx) => {
    if (events[0]!.subject === 'many') await held;
    await effect(tx, events[0]!.subject);
  };
  const server = await startServer(service, new MemoryEventTransport(), handlers);
  const bulk = server.handle([incoming(some(1, { subject: 'many' }))], 'bulk');
  await server.handle([incoming(some(2, { subject: 'one' }))]);
  expect(await service.effects()).toEqual(['one']);
  release();
  await bulk;
  expect(await service.effects()).toEqual(['one', 'many']);
  await server.close();
});
