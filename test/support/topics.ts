import { groupBy } from '@curfew/messaging';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { until } from './until.js';

interface Message {
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** Kafka from outside, as whoever administers it has it: what it holds, sent again, read again. */
export class Topics {
  private readonly kafka: Kafka;

  constructor(brokers: string) {
    this.kafka = new Kafka({ clientId: 'tests', brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  }

  /** A broker listens before it leads: resolves when a stranger can read its topics and its groups' offsets. */
  async served(): Promise<void> {
    const ask = async (admin: Admin) => {
      await endsOf(admin, await ours(admin));
      for (const groupId of await groups(admin)) await admin.fetchOffsets({ groupId });
      return true;
    };
    await until('Kafka serves', () => this.asAdmin(ask), 60_000);
  }

  /** Everything in every topic of Curfew's, in the order of each partition. */
  async messages(): Promise<Message[]> {
    const found: Message[] = [];
    const ends = await this.asAdmin(async (admin) => endsOf(admin, await ours(admin)));
    const left = new Map([...ends].filter(([, offset]) => offset > 0n));
    const consumer = this.kafka.consumer({ groupId: `tests-${Date.now()}` });
    await consumer.connect();
    try {
      await consumer.subscribe({
        topics: [...new Set([...left.keys()].map((at) => at.split('/')[0]!))],
        fromBeginning: true,
      });
      await consumer.run({
        eachMessage: async ({ topic, partition, message }) => {
          found.push({ topic, key: message.key, value: message.value });
          const at = `${topic}/${partition}`;
          if (BigInt(message.offset) + 1n >= (left.get(at) ?? 0n)) left.delete(at);
        },
      });
      await until('every topic is read', () => left.size === 0, 30_000);
    } finally {
      await consumer.disconnect();
    }
    return found;
  }

  /** In this order, whatever their keys say. */
  async send(messages: readonly Message[]): Promise<void> {
    const producer = this.kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    try {
      for (let from = 0; from < messages.length; from += 500) {
        const byTopic = groupBy(messages.slice(from, from + 500), ({ topic }) => topic);
        await producer.sendBatch({
          topicMessages: [...byTopic].map(([topic, of]) => ({
            topic,
            messages: of.map(({ key, value }) => ({ key, value })),
          })),
        });
      }
    } finally {
      await producer.disconnect();
    }
  }

  /** Resolves when no consumer group of Curfew's has anything left to read. */
  async consumed(withinMs = 60_000): Promise<void> {
    await this.asAdmin((admin) =>
      until(
        'every group has read everything',
        async () => {
          for (const groupId of await groups(admin)) {
            for (const { topic, partitions } of await admin.fetchOffsets({ groupId })) {
              const ends = await endsOf(admin, [topic]);
              if (
                partitions.some(
                  ({ partition, offset }) =>
                    BigInt(offset) < (ends.get(`${topic}/${partition}`) ?? 0n) && offset !== '-1',
                )
              )
                return false;
            }
          }
          return true;
        },
        withinMs,
      ),
    );
  }

  /**
   * No group remembers how far it has read: each will begin at offset 0. None may run; a consumer that was killed is a
   * member of its group until its session is over.
   */
  async forgetOffsets(): Promise<void> {
    await this.asAdmin(async (admin) => {
      const forgotten = await groups(admin);
      await until('every group is forgotten', () => admin.deleteGroups(forgotten).then(() => true), 30_000);
    });
  }

  private async asAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }
}

const ours = async (admin: Admin): Promise<string[]> =>
  (await admin.listTopics()).filter((topic) => topic.startsWith('curfew.'));

const groups = async (admin: Admin): Promise<string[]> =>
  (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter((id) => !id.startsWith('tests-'));

async function endsOf(admin: Admin, topics: readonly string[]): Promise<Map<string, bigint>> {
  const ends = new Map<string, bigint>();
  for (const topic of topics)
    for (const { partition, high } of await admin.fetchTopicOffsets(topic))
      ends.set(`${topic}/${partition}`, BigInt(high));
  return ends;
}
