import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PROBLEMS, type ServiceName } from '@curfew/contracts';
import { readOpenApi } from '@curfew/runtime';
import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import {
  brokenRefs,
  openApis,
  resolveRef,
  root,
  services,
  type OpenApi,
  type Operation,
  type Schema,
} from './documents.js';

/** They answer with nothing in it, and refuse in a form of their own (RFC 8935). */
const SET_ENDPOINTS = '/v1/security-events/';
const LISTENER = ['/health/live', '/health/ready', '/metrics', '/openapi.json'];
const UNDOCUMENTED = 'swagger/apiExcludeEndpoint';
const BODY = 3; // Nest's RouteParamtypes

interface Route {
  readonly name: string;
  readonly verb: string;
  readonly path: string;
  readonly isPublic: boolean;
  readonly permission: string | undefined;
  readonly takesBody: boolean;
}

/** What Nest answers, as its decorators have left it on the classes: not by the way the generator reads it. */
function routesOf(service: ServiceName): Route[] {
  const controllers = Reflect.getMetadata('controllers', services[service].module) as Type[];
  return controllers.flatMap((controller) => {
    const prototype = controller.prototype as Record<string, object>;
    const prefix = Reflect.getMetadata(PATH_METADATA, controller) as string;
    return (
      Object.getOwnPropertyNames(prototype)
        .filter((name) => Reflect.getMetadata(METHOD_METADATA, prototype[name]!) !== undefined)
        // What refuses all that is not there is no route.
        .filter((name) => Reflect.getMetadata(UNDOCUMENTED, prototype[name]!) === undefined)
        .flatMap((name) => {
          const handler = prototype[name]!;
          const paths = [Reflect.getMetadata(PATH_METADATA, handler) as string | string[]].flat();
          const args = Object.keys((Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as object);
          return paths.map((of) => ({
            name: `${controller.name}.${name}`,
            verb: RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number]!.toLowerCase(),
            path: `/${prefix}/${of}`
              .replaceAll(/\/+/g, '/')
              .replace(/(.)\/$/, '$1')
              .replaceAll(/:(\w+)/g, '{$1}'),
            isPublic: Reflect.getMetadata('curfew:public', handler) === true,
            permission: Reflect.getMetadata('curfew:permission', handler) as string | undefined,
            takesBody: args.some((arg) => arg.startsWith(`${BODY}:`)),
          }));
        })
    );
  });
}

const operationsOf = ({ paths }: OpenApi): [string, string, Operation][] =>
  Object.entries(paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => [path, verb, operation] as [string, string, Operation]),
  );

/** The validator resolves references in place. */
const copyOf = (document: OpenApi) => structuredClone(document) as object as Record<string, unknown>;

/** Named ones and those written out on the spot; what is within them is theirs. The document's own schema skips them. */
function schemasOf(document: OpenApi): object[] {
  const found: object[] = Object.values(document.components.schemas);
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      if (name === 'schema') found.push(member as object);
      else visit(member);
    }
  };
  visit(document.paths);
  return found;
}

/** A schema that says something: `{}` and `{type: object}` allow everything. */
function saysSomething(document: OpenApi, schema: Schema): boolean {
  if (schema.$ref) return saysSomething(document, resolveRef(document, schema.$ref) as Schema);
  if (schema.anyOf) return schema.anyOf.every((part) => saysSomething(document, part));
  if (schema.type === 'array') return schema.items !== undefined && saysSomething(document, schema.items);
  if (schema.type === 'object') return schema.properties !== undefined;
  return schema.type !== undefined;
}

describe.each(openApis())('the OpenAPI document of %s', (service, document) => {
  const routes = routesOf(service);
  const documented = (route: Route): Operation | undefined => document.paths[route.path]?.[route.verb];

  it('is valid OpenAPI 3.1 and leads nowhere that is not there', async () => {
    const result = await new Validator().validate(copyOf(document));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(brokenRefs(document)).toEqual([]);
  });

  it('has schemas that are JSON Schemas', () => {
    const ajv = new Ajv2020();
    const wrong = schemasOf(document).filter((schema) => ajv.validateSchema(schema) !== true);
    expect(wrong).toEqual([]);
  });

  it('has the version of the package', () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    expect(document.info).toMatchObject({ title: `Curfew ${service}`, version });
  });

  it('knows every route there is and no other', () => {
    const there = routes.map(({ verb, path }) => `${verb} ${path}`);
    const told = operationsOf(document)
      .filter(([path]) => !LISTENER.includes(path))
      .map(([path, verb]) => `${verb} ${path}`);
    expect(told.sort()).toEqual(there.sort());
    expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(LISTENER));
  });

  it('lies within the paths the service is given', () => {
    const outside = routes.filter(({ path }) => !services[service].paths.some((prefix) => path.startsWith(prefix)));
    expect(outside).toEqual([]);
  });

  it.each(operationsOf(document).map(([path, verb, operation]) => [verb, path, operation] as const))(
    '%s %s says what it does and what it answers',
    (_verb, path, operation) => {
      expect(operation.operationId).toMatch(/^[a-z][A-Za-z0-9]*\.[a-z][A-Za-z0-9]*$/);
      expect(operation.summary).toMatch(/^[A-Z].{5,}[^.]$/);
      const successes = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
      expect(successes.length).toBeGreaterThan(0);
      for (const [status, { description, content }] of successes) {
        expect(description).not.toBe('');
        if (status === '204' || path.startsWith(SET_ENDPOINTS)) continue;
        const schemas = Object.values(content ?? {}).map(({ schema }) => schema);
        expect(schemas.length).toBeGreaterThan(0);
        if (path !== '/openapi.json') expect(schemas.filter((schema) => !saysSomething(document, schema))).toEqual([]);
      }
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => `{${name}}`).sort()).toEqual((path.match(/\{\w+\}/g) ?? []).sort());
    },
  );

  // The console serves pages: it has no routes of its own here.
  it('asks of every route what the guard asks', () => {
    for (const route of routes) assertGuarded(route);
  });

  const assertGuarded = (route: Route): void => {
    const operation = documented(route)!;
    expect(operation.security).toEqual(route.isPublic ? [] : [{ bearer: [] }]);
    // A webhook brings no key but a signature, which may be refused as well; and its source may not tell everything.
    const refuses = !route.isPublic || route.path.startsWith('/v1/hooks/');
    expect(Object.keys(operation.responses).includes('401')).toBe(refuses);
    // And who signs in at the console brings a provider's word, which may not be enough.
    const tells = !route.isPublic || (refuses && route.verb === 'post');
    const doubts = tells || /^\/v1\/administrators\/(begin|finish)$/.test(route.path);
    expect(Object.keys(operation.responses).includes('403')).toBe(doubts);
    if (!route.isPublic) expect(operation.description).toContain(`\`${route.permission}\``);
  };

  it('describes every body', () => {
    for (const route of routes.filter(({ takesBody }) => takesBody)) {
      const [media] = Object.values(documented(route)!.requestBody!.content);
      const schema = resolveRef(document, media!.schema.$ref!) as Schema;
      expect([route.name, Object.keys(schema.properties ?? {})]).not.toEqual([route.name, []]);
    }
  });

  it('describes refusals as problem documents with codes of the one list', () => {
    const codes = document.components.schemas.Problem!.properties!.code!.enum;
    expect(codes).toEqual(Object.keys(PROBLEMS));
    for (const [path, , { responses }] of operationsOf(document)) {
      expect(Object.keys(responses)).toContain('default');
      for (const [status, { content }] of Object.entries(responses)) {
        if (status.startsWith('2') || path === '/health/ready') continue;
        const own =
          status === '400' && path.startsWith(SET_ENDPOINTS)
            ? 'application/json'
            : { oauth2: 'application/json', scim: 'application/scim+json' }[path.split('/')[1]!];
        expect(Object.keys(content!)).toEqual([own ?? 'application/problem+json']);
        const narrowed = content!['application/problem+json']?.schema.allOf?.[1]?.properties?.code?.enum ?? [];
        for (const code of narrowed) expect(String(PROBLEMS[code as keyof typeof PROBLEMS][0])).toBe(status);
      }
    }
  });

  it('uses no keyword that OpenAPI 3.1 has dropped', () => {
    expect(JSON.stringify(document)).not.toContain('"nullable"');
  });
});

describe('all OpenAPI documents', () => {
  it('give an operation a name of its own', () => {
    const ids = openApis()
      .flatMap(([, document]) => operationsOf(document))
      .map(([, , { operationId }]) => operationId)
      .filter((id) => !id.startsWith('operations.'));
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  it('are served as one where the services share a listener', async () => {
    const merged = readOpenApi(Object.keys(services) as ServiceName[]) as OpenApi;
    expect((await new Validator().validate(copyOf(merged))).errors ?? []).toEqual([]);
    expect(brokenRefs(merged)).toEqual([]);
    expect(Object.keys(merged.paths).sort()).toEqual(
      [...new Set(openApis().flatMap(([, { paths }]) => Object.keys(paths)))].sort(),
    );
    expect(merged.info.title).toBe('Curfew');
  });

  it('say which routes wait and which may be repeated', () => {
    const naming = (header: string) =>
      openApis()
        .flatMap(([, document]) => operationsOf(document))
        .filter(([, , { parameters }]) => parameters?.some(({ name }) => name === header))
        .map(([, , { operationId }]) => operationId);
    expect(naming('Prefer')).toEqual(
      expect.arrayContaining([
        'signals.receive',
        'revocations.create',
        'revocations.get',
        'devices.revoke',
        'sessions.end',
      ]),
    );
    expect(naming('Idempotency-Key')).toEqual(
      expect.arrayContaining([
        'signals.receive',
        'sessions.open',
        'revocations.create',
        'applications.create',
        'apiKeys.create',
      ]),
    );
  });
});
