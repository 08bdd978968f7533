import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as contracts from './index.js';
import {
  EVENT_DEFINITIONS,
  SERVICES,
  TOPICS,
  type CurfewEvent,
  type EventDefinition,
  type TopicDefinition,
} from './index.js';

const definitions = [...EVENT_DEFINITIONS.values()];
const topics = Object.values<TopicDefinition>(TOPICS);
const folder = path.join(__dirname, '..', 'fixtures');
const fixtures = readdirSync(folder);
const fixture = (type: string) => JSON.parse(readFileSync(path.join(folder, `${type}.json`), 'utf8')) as CurfewEvent;

const isDefinition = (value: unknown): value is EventDefinition =>
  typeof value === 'object' && value !== null && 'schema' in value && 'topic' in value;
/** As other packages see them: by the name they are imported by. */
const exported = Object.entries<unknown>(contracts).filter((entry): entry is [string, EventDefinition] =>
  isDefinition(entry[1]),
);

/** `admin.policy_updated` is the name the audit requirements give it (AU-02); elsewhere a verb has dashes. */
const TYPE = /^curfew\.(?:admin\.[a-z]+(?:_[a-z]+)+|[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*)\.v[1-9]\d*$/;
const PAST_OR_STATE = /(?:ed(?:-in|-out)?|asked|begun|held|sent|state)$/;

const words = (type: string): string[] => type.replace(/^curfew\.(admin\.)?/, '').split(/[._-]/);
const pascal = (parts: readonly string[]) => parts.map((part) => part[0]!.toUpperCase() + part.slice(1)).join('');

describe('event definitions', () => {
  it('are all in the list, each by a type of its own', () => {
    expect(exported.map(([, { type }]) => type).sort()).toEqual(definitions.map(({ type }) => type).sort());
  });

  it.each(definitions.map(({ type }) => [type]))('%s says what happened, to what, in which version', (type) => {
    expect(type).toMatch(TYPE);
    expect(type.replace(/\.v\d+$/, '')).toMatch(PAST_OR_STATE);
  });

  it.each(exported)('%s is called what its type says', (name, { type }) => {
    expect(name).toBe(pascal(words(type)));
  });

  it.each(definitions.map((definition) => [definition.type, definition] as const))(
    '%s travels on a topic for its kind, the bulk lane beside it by the same writer',
    (type, { topic, bulkTopic, description }) => {
      expect(topics).toContain(topic);
      expect(topic.kind).toBe(
        type.endsWith('.state.v1') ? 'state' : topic.kind === 'dead-letters' ? 'dead-letters' : 'facts',
      );
      if (bulkTopic) expect(bulkTopic).toEqual({ name: `${topic.name}.bulk`, writer: topic.writer, kind: 'bulk' });
      expect(description).toMatch(/^[A-Z].*\.$/);
    },
  );
});

describe('topics', () => {
  it.each(topics.map((topic) => [topic.name, topic] as const))(
    '%s is named for what it holds',
    (name, { kind, writer }) => {
      expect(name).toMatch(/^curfew(\.[a-z]+(-[a-z]+)*)+$/);
      expect(name.endsWith('.state')).toBe(kind === 'state');
      expect(name.endsWith('.bulk')).toBe(kind === 'bulk');
      expect(name.includes('.inbound.')).toBe(kind === 'inbound' || name.endsWith('.dlq'));
      expect([...SERVICES, 'any', 'outside']).toContain(writer);
    },
  );

  it('carry events, save those that are written from outside', () => {
    const used = new Set(definitions.flatMap(({ topic, bulkTopic }) => [topic.name, bulkTopic?.name]));
    expect(topics.filter(({ name, kind }) => kind !== 'inbound' && !used.has(name))).toEqual([]);
  });
});

describe('files', () => {
  const sources = readdirSync(__dirname, { recursive: true })
    .map(String)
    .filter((file) => /^[a-z-]+\/.+\.ts$/.test(file) && !file.endsWith('.spec.ts'));

  it.each(sources)('%s is named for the noun it is about, or for an event it defines', (file) => {
    expect(file).toMatch(/^[a-z]+(-[a-z]+)*\/[a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*)?(\.v[1-9]\d*)?\.ts$/);
    const text = readFileSync(path.join(__dirname, file), 'utf8');
    const [, name, version] = /([^/]+?)(?:\.(v\d+))?\.ts$/.exec(file) ?? [];
    const types = [...text.matchAll(/type: ['`]curfew\.(?:admin\.)?([^'`]+)['`]/g)].map((match) =>
      match[1]!.replaceAll('_', '.'),
    );
    if (version) expect(types.some((type) => type.startsWith(name!) && type.endsWith(`.${version}`))).toBe(true);
  });
});

/** A recorded example of every released version. They are never edited and never go: consumers may meet them for ever. */
describe('fixtures', () => {
  it('are there for every definition, and none is left without its definition', () => {
    expect(fixtures.sort()).toEqual(definitions.map(({ type }) => `${type}.json`).sort());
  });

  it.each(definitions.map((definition) => [definition.type, definition] as const))(
    '%s is read today as it was written',
    (type, { check, topic }) => {
      const event = fixture(type);
      expect([...check.Errors(event.data)]).toEqual([]);
      expect(event).toMatchObject({ specversion: '1.0', type, datacontenttype: 'application/json' });
      expect(event.partitionkey).toBe(`${event.tenant}:${event.subject}`);
      expect(new Date(event.time).toISOString()).toBe(event.time);
      const service = event.source.replace('/curfew/', '');
      expect(topic.writer === 'any' ? SERVICES : [topic.writer]).toContain(service);
      for (const text of [event.id, event.correlationid, event.actor]) expect(text).toMatch(/\S/);
    },
  );

  it('have no member that their schema does not know', () => {
    const unknown = definitions.flatMap(({ type, schema }) =>
      Object.keys(fixture(type).data as object)
        .filter((name) => !(name in (schema as { properties?: object }).properties!))
        .map((name) => `${type}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('are told apart from what is not an event of that type', () => {
    const taken = definitions.filter(({ check }) => check.Check({}));
    expect(taken.map(({ type }) => type)).toEqual([]);
  });
});
