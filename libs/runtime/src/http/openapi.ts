import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ServiceName } from '@curfew/contracts';

interface OpenApi {
  readonly paths: Record<string, unknown>;
  readonly components: { readonly schemas: Record<string, unknown>; readonly [more: string]: unknown };
  readonly [more: string]: unknown;
}

/** The committed documents (`npm run docs`; CI checks that they match the code), of one service or of several as one. */
export function readOpenApi(services: readonly ServiceName[]): unknown {
  const folder = path.join(packageRoot(), 'docs', 'openapi');
  const documents = services
    .map((service) => path.join(folder, `${service}.json`))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')) as OpenApi);
  const [first] = documents;
  if (!first || documents.length === 1) return first ?? {};
  return {
    ...first,
    info: { ...(first.info as object), title: 'Curfew' },
    paths: merged(documents.map(({ paths }) => paths)),
    components: {
      ...first.components,
      schemas: merged(documents.map(({ components }) => components.schemas)),
    },
  };
}

const merged = (parts: readonly Record<string, unknown>[]): Record<string, unknown> =>
  Object.fromEntries(parts.flatMap((part) => Object.entries(part)));

const read = new Map<string, object>();

/** Another of the committed documents; it does not change while we run. */
export function readDoc(file: string): object {
  let document = read.get(file);
  if (!document) {
    document = JSON.parse(readFileSync(path.join(packageRoot(), 'docs', file), 'utf8')) as object;
    read.set(file, document);
  }
  return document;
}

function packageRoot(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json')) || folder === path.dirname(folder)) return folder;
  }
}
