// The AsyncAPI 3.0 document: channels are topics, messages are event definitions, operations are what each service
// writes (a topic's one writer) and takes in (what its consumers' decorators say).
import { plain } from './envelope.mjs';

const CONTENT_TYPE = 'application/cloudevents+json';
const ref = (path) => ({ $ref: `#/${path}` });

/**
 * @param topics {TOPICS, STATE_TOPICS} and @param definitions all event definitions
 * @param consumed service → the event types it takes in, or '*'; and the inbound topics it reads
 */
export function asyncApiOf({
  version,
  TOPICS,
  SERVICES,
  definitions,
  envelope,
  hrSignal,
  consumed,
  topicSettings,
  factTopics,
}) {
  const keyOf = new Map(Object.entries(TOPICS).map(([key, topic]) => [topic.name, key]));
  const on = (topic) =>
    definitions.filter((definition) => definition.topic === topic || definition.bulkTopic === topic);
  const messagesOf = (topic) => (topic.kind === 'inbound' ? [HR_SIGNAL] : on(topic).map(messageName));
  const channels = Object.fromEntries(
    Object.entries(TOPICS).map(([key, topic]) => [
      key,
      {
        address: topic.name,
        description: describeTopic(topic),
        messages: Object.fromEntries(messagesOf(topic).map((name) => [name, ref(`components/messages/${name}`)])),
        bindings: { kafka: kafkaChannel(topicSettings(topic)) },
      },
    ]),
  );
  const operations = {};
  const operate = (service, action, topic, messages, more = {}) => {
    if (messages.length === 0) return;
    const key = keyOf.get(topic.name);
    operations[`${service}.${action}.${key}`] = {
      action,
      channel: ref(`channels/${key}`),
      summary: `${service} ${action === 'send' ? 'writes' : 'takes in'} ${topic.name}`,
      tags: [{ name: service }],
      messages: messages.map((name) => ref(`channels/${key}/messages/${name}`)),
      ...more,
    };
  };
  for (const service of SERVICES) {
    for (const topic of Object.values(TOPICS)) {
      if (topic.writer === service || topic.writer === 'any') operate(service, 'send', topic, messagesOf(topic));
      const taken = takenIn(consumed.get(service), topic, on(topic), factTopics(service));
      const groupId = groupOf(service, topic);
      operate(service, 'receive', topic, taken, {
        bindings: { kafka: { groupId: { type: 'string', const: groupId } } },
      });
    }
  }
  return {
    asyncapi: '3.0.0',
    id: 'urn:curfew:events',
    info: {
      title: 'Curfew events',
      version,
      description:
        'What the services of Curfew tell each other. A topic has one writer. Consumers ignore types they do not know. A ' +
        'released version of an event never changes, save by a new optional field.',
    },
    defaultContentType: CONTENT_TYPE,
    servers: {
      kafka: {
        host: '{brokers}',
        protocol: 'kafka',
        description: 'The distributed form; the embedded form passes the same messages in its own process.',
        variables: { brokers: { default: 'localhost:9092', description: 'KAFKA_BROKERS' } },
      },
    },
    channels,
    operations: sorted(operations),
    components: {
      messages: {
        ...Object.fromEntries(definitions.map((definition) => [messageName(definition), message(definition)])),
        [HR_SIGNAL]: {
          name: HR_SIGNAL,
          title: 'A signal as an HR system publishes it',
          summary: 'Structured mode; in binary mode the attributes are `ce_…` headers and the value is `data`.',
          contentType: CONTENT_TYPE,
          payload: ref('components/schemas/HrSignal'),
        },
      },
      schemas: {
        Envelope: envelope,
        HrSignal: hrSignal,
        ...Object.fromEntries(definitions.map((definition) => [dataName(definition), plain(definition.schema)])),
      },
    },
  };
}

const HR_SIGNAL = 'hr-signal';
const messageName = ({ type }) => type.replace(/^curfew\./, '');
const dataName = (definition) => `${messageName(definition)}.data`;

const message = (definition) => ({
  name: definition.type,
  title: messageName(definition),
  summary: definition.description,
  contentType: CONTENT_TYPE,
  payload: {
    allOf: [
      ref('components/schemas/Envelope'),
      {
        type: 'object',
        properties: { type: { const: definition.type }, data: ref(`components/schemas/${dataName(definition)}`) },
        required: ['data'],
      },
    ],
  },
  bindings: {
    kafka: { key: { type: 'string', description: '`partitionkey`: what is about one person stays in order.' } },
  },
});

const WRITERS = { outside: 'Written from outside Curfew.', any: 'Written by every service.' };
const KINDS = {
  facts: 'What happened.',
  state: 'Current state, the last of each key kept; not for audit.',
  bulk: 'The same facts for work of many targets at once, on a lane of its own.',
  inbound: 'What comes in from other systems.',
  'dead-letters': 'What could never be handled.',
};
const describeTopic = ({ writer, kind }) => `${KINDS[kind]} ${WRITERS[writer] ?? `Written by ${writer} alone.`}`;

function kafkaChannel({ topic, numPartitions, configEntries }) {
  const entries = Object.fromEntries(configEntries.map(({ name, value }) => [name, value]));
  return {
    topic,
    partitions: numPartitions,
    topicConfiguration: {
      'cleanup.policy': [entries['cleanup.policy'] ?? 'delete'],
      ...(entries['retention.ms'] ? { 'retention.ms': Number(entries['retention.ms']) } : {}),
    },
  };
}

function takenIn({ types, inbound }, topic, definitions, everyFact) {
  if (topic.kind === 'inbound') return inbound.has(topic.name) ? [HR_SIGNAL] : [];
  const everything = types.has('*') && everyFact.includes(topic);
  return definitions.filter(({ type }) => everything || types.has(type)).map(messageName);
}

/** As the event server and the HR inbox name their groups. */
function groupOf(service, { kind }) {
  return { bulk: `${service}.bulk`, inbound: `${service}.inbound` }[kind] ?? service;
}

const sorted = (record) => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
