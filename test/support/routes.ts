import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Service } from './form.js';

interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
}

interface Operation {
  readonly description?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
}

/** One route of the HTTP API, as the committed OpenAPI documents say it. */
export interface Route {
  readonly service: Service;
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  /** `POST /v1/signals`. */
  readonly name: string;
  readonly isPublic: boolean;
  /** Its refusals have the form of RFC 7644 §3.12. */
  readonly isScim: boolean;
  readonly mediaType: string | undefined;
  readonly parameters: readonly Parameter[];
}

/** What the listener answers itself: nobody's data. */
const OPERATIONS = ['/health/live', '/health/ready', '/metrics', '/openapi.json'];
const SERVICES: readonly Service[] = ['signals', 'policy', 'registry', 'fanout', 'audit'];

/** Every route there is: a test that goes through them can't miss a new one. */
export const ROUTES: readonly Route[] = SERVICES.flatMap((service) => {
  const file = path.resolve(__dirname, '..', '..', 'docs', 'openapi', `${service}.json`);
  const { paths } = JSON.parse(readFileSync(file, 'utf8')) as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(paths)
    .filter(([of]) => !OPERATIONS.includes(of))
    .flatMap(([of, operations]) =>
      Object.entries(operations).map(([verb, { security = [], parameters = [], requestBody }]) => ({
        service,
        method: verb.toUpperCase(),
        path: of,
        name: `${verb.toUpperCase()} ${of}`,
        isPublic: security.length === 0,
        isScim: of.startsWith('/scim/'),
        mediaType: Object.keys(requestBody?.content ?? {})[0],
        parameters,
      })),
    );
});

export const SECURED: readonly Route[] = ROUTES.filter(({ isPublic }) => !isPublic);

/** The route's path with its parameters filled in; throws for one that `values` does not know. */
export function pathOf({ path: of, name }: Route, values: Readonly<Record<string, string>>): string {
  return of.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => {
    const value = values[parameter];
    if (value === undefined) throw new Error(`${name}: nobody has said what {${parameter}} is`);
    return encodeURIComponent(value);
  });
}
