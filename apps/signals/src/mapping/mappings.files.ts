import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Value } from '@sinclair/typebox/value';
import { Mappings, MappingSchema, type Mapping } from './mapping.js';

/** Every `*.json` of a folder, read once; one that is no mapping keeps the service from starting. */
export class FileMappings extends Mappings {
  private readonly mappings: ReadonlyMap<string, Mapping>;

  constructor(folder = shippedMappings()) {
    super();
    this.mappings = new Map(
      readdirSync(folder)
        .filter((file) => file.endsWith('.json'))
        .map((file) => read(path.join(folder, file)))
        .map((mapping) => [mapping.name, mapping]),
    );
  }

  override get names(): readonly string[] {
    return [...this.mappings.keys()].sort();
  }

  override get(name: string): Mapping | undefined {
    return this.mappings.get(name);
  }
}

function read(file: string): Mapping {
  const mapping: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const fault = Value.Errors(MappingSchema, mapping).First();
  if (fault) throw new Error(`${file} is no mapping: ${fault.path} ${fault.message}`);
  const { name, ask, id } = mapping as Mapping;
  // The place in an answer is another each time.
  if (ask?.everySeconds !== undefined && id === undefined)
    throw new Error(`${file} is asked again and again: it needs an id`);
  if (name !== path.basename(file, '.json')) throw new Error(`${file} is called ${name}: name and file must agree`);
  return mapping as Mapping;
}

/** Beside the sources, and in an image beside the build. */
function shippedMappings(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder))
    if (existsSync(path.join(folder, 'package.json')) || folder === path.dirname(folder))
      return path.join(folder, 'apps', 'signals', 'mappings');
}
