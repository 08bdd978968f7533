import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as contracts from '@curfew/contracts';
import { SERVICES, type EventDefinition } from '@curfew/contracts';
import { root } from './documents.js';

const isDefinition = (value: unknown): value is EventDefinition =>
  typeof value === 'object' && value !== null && 'schema' in value && 'topic' in value;

const definitions = new Map(
  Object.entries<unknown>(contracts).filter((entry): entry is [string, EventDefinition] => isDefinition(entry[1])),
);

const sourcesOf = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => readFileSync(path.join(root, folder, file), 'utf8'));

/** What is handed to `publish`, by the name of its definition; not what a parameter of that type is called. */
const published = (source: string): string[] =>
  [...source.matchAll(/\bpublish(?:\w*)\(([^{]*)/g)].flatMap(
    ([, handed]) => handed!.match(/(?<!: |\| |typeof |<)\b[A-Z]\w*V\d+\b/g) ?? [],
  );

describe('a topic has one writer', () => {
  // The console has nothing to say that somebody else should know.
  it.each(SERVICES.filter((name) => name !== 'console'))('%s publishes on its own topics only', (service) => {
    const names = sourcesOf(`apps/${service}/src`).flatMap(published);
    expect(names.length).toBeGreaterThan(0);
    const foreign = names.filter((name) => definitions.get(name)?.topic.writer !== service);
    expect(foreign).toEqual([]);
  });

  it.each([...definitions])('%s is published by the one who owns its topic', (name, { topic }) => {
    const folder = topic.writer === 'any' ? 'libs/messaging/src' : `apps/${topic.writer}/src`;
    expect(sourcesOf(folder).filter((source) => new RegExp(`\\b${name}\\b(?! =)`).test(source))).not.toEqual([]);
  });
});
