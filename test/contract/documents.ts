import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SERVICES, type ServiceName } from '@curfew/contracts';
import type { ServiceDefinition } from '@curfew/runtime';
import { parse } from 'yaml';
import { audit } from '../../apps/audit/src/audit.module.js';
import { console } from '../../apps/console/src/console.module.js';
import { fanout } from '../../apps/fanout/src/fanout.module.js';
import { policy } from '../../apps/policy/src/policy.module.js';
import { registry } from '../../apps/registry/src/registry.module.js';
import { signals } from '../../apps/signals/src/signals.module.js';

export const root = path.resolve(__dirname, '..', '..');
export const docs = path.join(root, 'docs');

export const services: Readonly<Record<ServiceName, ServiceDefinition>> = {
  signals,
  policy,
  registry,
  fanout,
  audit,
  console,
};

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
}

export interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Readonly<Record<string, { schema: Schema }>>;
  };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, { schema: Schema }>> }>
  >;
}

export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface AsyncApi {
  readonly channels: Readonly<
    Record<
      string,
      {
        readonly address: string;
        readonly messages: Readonly<Record<string, { $ref: string }>>;
        readonly bindings: { kafka: { partitions: number; topicConfiguration: { 'cleanup.policy': string[] } } };
      }
    >
  >;
  readonly operations: Readonly<
    Record<string, { readonly action: 'send' | 'receive'; channel: { $ref: string }; messages: { $ref: string }[] }>
  >;
  readonly components: { readonly messages: Readonly<Record<string, { readonly name: string }>> };
}

const text = (file: string): string => readFileSync(path.join(docs, file), 'utf8');

export const openApiOf = (service: ServiceName): OpenApi => JSON.parse(text(`openapi/${service}.json`)) as OpenApi;
export const openApis = (): [ServiceName, OpenApi][] => SERVICES.map((service) => [service, openApiOf(service)]);
export const asyncApi = (): AsyncApi => parse(text('asyncapi.yaml')) as AsyncApi;
export const eventSchemas = (): [string, object][] =>
  readdirSync(path.join(docs, 'schemas')).map((file) => [file, JSON.parse(text(`schemas/${file}`)) as object]);

/** Every `$ref` of a document that leads nowhere. */
export function brokenRefs(document: object): string[] {
  const broken: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('$ref' in value && typeof value.$ref === 'string' && resolveRef(document, value.$ref) === undefined)
      broken.push(value.$ref);
    Object.values(value).forEach(visit);
  };
  visit(document);
  return broken;
}

export function resolveRef(document: object, ref: string): unknown {
  if (!ref.startsWith('#/')) return undefined;
  const parts = ref.slice(2).split('/');
  return parts.reduce<unknown>(
    (value, part) => (value as Record<string, unknown> | undefined)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')],
    document,
  );
}
