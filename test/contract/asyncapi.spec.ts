import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { EVENT_DEFINITIONS, SERVICES, TOPICS, type EventDefinition, type TopicDefinition } from '@curfew/contracts';
import { EVENT_TRANSPORT } from '@curfew/messaging';
import type { Type } from '@nestjs/common';
import { PATTERN_METADATA, TRANSPORT_METADATA } from '@nestjs/microservices/constants.js';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { asyncApi, brokenRefs, eventSchemas, root, services } from './documents.js';

const document = asyncApi();
const definitions = [...EVENT_DEFINITIONS.values()];
const topics = Object.entries<TopicDefinition>(TOPICS);
const last = (ref: string): string => ref.split('/').at(-1)!;
const messageOf = ({ type }: EventDefinition): string => type.replace(/^curfew\./, '');

const messagesOn = (operation: string): string[] =>
  (document.operations[operation]?.messages ?? []).map(({ $ref }) => last($ref));

/** The types a service's own consumers are decorated with. */
function consumedBy(module: Type): string[] {
  const controllers = Reflect.getMetadata('controllers', module) as Type[];
  return controllers.flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype)
      .map((name) => (prototype as Record<string, object>)[name]!)
      .filter((handler) => Reflect.getMetadata(TRANSPORT_METADATA, handler) === EVENT_TRANSPORT)
      .flatMap((handler) => Reflect.getMetadata(PATTERN_METADATA, handler) as string[]),
  );
}

describe('the AsyncAPI document', () => {
  it('is valid AsyncAPI 3.0', () => {
    const file = createRequire(path.join(root, 'package.json')).resolve('@asyncapi/specs/schemas/3.0.0.json');
    const ajv = new Ajv({ strict: false, meta: false, validateSchema: false });
    addFormats.default(ajv);
    const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('leads nowhere that is not there, and an operation names messages of its own channel', () => {
    expect(brokenRefs(document)).toEqual([]);
    for (const { channel, messages } of Object.values(document.operations))
      for (const { $ref } of messages) expect($ref.startsWith(`${channel.$ref}/messages/`)).toBe(true);
  });

  it.each(topics)('has the topic %s as a channel, made as it is made', (key, { name, kind }) => {
    const { address, bindings } = document.channels[key]!;
    expect(address).toBe(name);
    expect(bindings.kafka.partitions).toBe(6);
    expect(bindings.kafka.topicConfiguration['cleanup.policy']).toEqual([kind === 'state' ? 'compact' : 'delete']);
  });

  it.each(definitions.map((definition) => [definition.type, definition] as const))(
    'has %s on the channels it travels on, sent by who writes them',
    (type, definition) => {
      const message = messageOf(definition);
      expect(document.components.messages[message]!.name).toBe(type);
      const own = [definition.topic, definition.bulkTopic];
      for (const [key, topic] of topics) {
        const here = own.includes(topic);
        expect(message in document.channels[key]!.messages).toBe(here);
        if (!here) continue;
        const senders = SERVICES.filter((service) => messagesOn(`${service}.send.${key}`).includes(message));
        expect(senders).toEqual(topic.writer === 'any' ? [...SERVICES] : [topic.writer]);
      }
    },
  );

  // The console takes in the keys that every service does, and nothing else.
  it.each(SERVICES.filter((name) => name !== 'console'))('tells all that %s takes in', (service) => {
    const consumed = consumedBy(services[service].module);
    expect(consumed.length).toBeGreaterThan(0);
    const told = Object.keys(document.operations)
      .filter((name) => name.startsWith(`${service}.receive.`))
      .flatMap(messagesOn);
    for (const type of consumed.filter((type) => type !== '*')) expect(told).toContain(type.replace(/^curfew\./, ''));
    // Every service knows the API keys; audit takes everything but state, and but what it says itself.
    const known = new Set([...consumed, 'curfew.api-key.state.v1']);
    const everything = consumed.includes('*');
    const unexpected = told.filter((message) => !everything && !known.has(`curfew.${message}`));
    expect(unexpected).toEqual(service === 'signals' ? ['hr-signal'] : []);
  });

  it('has audit take in every fact of the other services', () => {
    const facts = topics.filter(([, { kind, writer }]) => (kind === 'facts' || kind === 'bulk') && writer !== 'audit');
    for (const [key] of facts)
      expect(messagesOn(`audit.receive.${key}`)).toEqual(Object.keys(document.channels[key]!.messages));
  });
});

describe('the JSON Schemas of the events', () => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
  addFormats.default(ajv);
  const schemas = new Map(eventSchemas());

  it('are there for every definition', () => {
    expect([...schemas.keys()].sort()).toEqual(definitions.map(({ type }) => `${type}.json`).sort());
  });

  it.each(definitions.map(({ type }) => [type]))('of %s takes the recorded example, and nothing else', (type) => {
    const validate = ajv.compile(schemas.get(`${type}.json`)!);
    const file = path.join(root, 'libs', 'contracts', 'fixtures', `${type}.json`);
    const event = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    validate(event);
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ ...event, type: 'curfew.something.else.v1' })).toBe(false);
    expect(validate({ ...event, tenant: undefined })).toBe(false);
    expect(validate({ ...event, data: {} })).toBe(false);
  });
});
