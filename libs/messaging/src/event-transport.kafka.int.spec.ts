import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { TOPICS } from '@curfew/contracts';
import { Kafka, logLevel } from 'kafkajs';
import { pino } from 'pino';
import { until } from '../../../test/support/until.js';
import { KafkaEventTransport } from './event-transport.kafka.js';
import { eventTransportSuite, Group, inGroupOfItsOwn, inOrder, LONG } from './event-transport.suite.js';
import { Handlers, one, openMessaging, startServer } from './messaging.fake.js';

const brokers = process.env.KAFKA_BROKERS?.split(',') ?? [];
if (brokers.length === 0) throw new Error('KAFKA_BROKERS is not set');

const log = pino({ level: 'silent' });
const open = () => new KafkaEventTransport({ brokers, clientId: 'transport-test' }, log);
const numbersTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

eventTransportSuite(open);

afterAll(async () => {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const ours = (await admin.listGroups()).groups.filter(({ groupId }) => groupId.startsWith('transport-test-'));
  // One whose member was killed is not empty until its session is over; the broker forgets it by itself.
  for (const { groupId } of ours) await admin.deleteGroups([groupId]).catch(() => undefined);
  await admin.disconnect();
});

const messages = (tenant: string, subjects: number, each: number) =>
  numbersTo(each).flatMap((n) =>
    numbersTo(subjects).map((s) => {
      const event = one(n, { tenant, subject: `s-${s}` });
      return {
        id: event.id,
        topic: TOPICS.policies.name,
        key: event.partitionkey,
        message: JSON.stringify({ ...event, data: { ...event.data, n } }),
      };
    }),
  );

/** Another process of the group, which says what it was given and never commits. */
const VICTIM = (group: string, tenant: string) => `
  import { KafkaEventTransport } from './dist/libs/messaging/src/index.js';
  import { pino } from 'pino';
  const transport = new KafkaEventTransport({ brokers: ${JSON.stringify(brokers)}, clientId: 'victim' }, pino({ level: 'silent' }));
  transport.subscribe({
    group: '${group}',
    topics: ['${TOPICS.policies.name}'],
    async handle(messages) {
      if (!messages.some(({ value }) => String(value).includes('${tenant}'))) return;
      console.log('has some');
      await new Promise(() => {});
    },
    unseenState: async () => [],
    stateSeen: async () => {},
  });`;

it(
  'two processes of one group share it; what the one that is killed had in hand comes to the other',
  async () => {
    const root = path.resolve(__dirname, '..', '..', '..');
    expect(spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root }).status).toBe(0);
    const tenant = `t-${randomUUID()}`;
    const survivor = new Group(tenant, [TOPICS.policies.name]);
    const transport = open();
    let victim: ChildProcess | undefined;
    try {
      transport.subscribe(survivor);
      victim = spawn(process.execPath, ['--input-type=module', '-e', VICTIM(survivor.group, tenant)], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      victim.stdout!.on('data', (data: Buffer) => (said += data.toString()));
      const sent: string[] = [];
      // One at a time until both have some: which partitions are whose is the broker's affair.
      const all = messages(tenant, 12, 200);
      let next = 0;
      await until(
        'the other process has some',
        async () => {
          const some = all.slice(next, (next += 12));
          await transport.send(some, async (ids) => void sent.push(...ids));
          return said.includes('has some') && survivor.got.length > 0;
        },
        LONG,
      );
      const before = Object.values(inOrder(survivor.got)).flat().length;
      expect(before).toBeLessThan(next);
      victim.kill('SIGKILL');
      await until('all have come', () => Object.values(inOrder(survivor.got)).flat().length === next, LONG);
      for (const [subject, numbers] of Object.entries(inOrder(survivor.got)))
        expect([subject, numbers]).toEqual([subject, numbersTo(next / 12)]);
      expect(sent).toHaveLength(next);
    } finally {
      victim?.kill('SIGKILL');
      survivor.stop();
      await transport.stop();
    }
  },
  3 * LONG,
);

it(
  'F-14 the topic again from its beginning changes nothing',
  async () => {
    const tenant = `t-${randomUUID()}`;
    const service = await openMessaging();
    const taken: string[] = [];
    const handlers = new Handlers();
    const each = handlers.each;
    handlers.batch = async () => {}; // on a shared broker they are others'
    handlers.each = async (event, tx) => {
      if (event.tenant === tenant) await each(event, tx);
    };
    /** From offset 0, since nobody knows the group. */
    const readAll = async () => {
      const transport = open();
      const alone = inGroupOfItsOwn(transport, (batch) =>
        taken.push(...batch.map(({ value }) => String(value)).filter((value) => value.includes(tenant))),
      );
      return { transport, server: await startServer(service, alone, handlers) };
    };
    try {
      const all = messages(tenant, 6, 20);
      const first = await readAll();
      await first.transport.send(all, async () => {});
      await until('all are handled', () => taken.length >= all.length, LONG);
      await first.server.close();
      await first.transport.stop();
      const effects = await service.effects();
      expect(effects).toHaveLength(all.length);
      taken.length = 0;
      const second = await readAll();
      await until('all have come again', () => taken.length >= all.length, LONG);
      await second.server.close();
      await second.transport.stop();
      expect(await service.effects()).toEqual(effects);
    } finally {
      await service.close();
    }
  },
  3 * LONG,
);
