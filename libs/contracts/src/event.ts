import type { Static, TSchema } from '@sinclair/typebox';
import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler';
import type { TopicDefinition } from './topics.js';

/**
 * One released event: its type, its topic and the schema its TypeScript type, JSON Schema and AsyncAPI entry come from.
 * A released version never changes, save by a new optional field; a breaking change is a new `.v2` definition.
 */
export interface EventDefinition<S extends TSchema = TSchema> {
  readonly type: string;
  readonly topic: TopicDefinition;
  /** The same event for work of many targets at once, on a lane of its own. */
  readonly bulkTopic?: TopicDefinition;
  readonly schema: S;
  readonly description: string;
  readonly check: TypeCheck<S>;
}

export type DataOf<D extends EventDefinition> = Static<D['schema']>;

/** CloudEvents 1.0 with the extensions Curfew uses. Attribute names are lower case, as CloudEvents asks. */
export interface CurfewEvent<Data = unknown> {
  readonly specversion: '1.0';
  readonly id: string;
  /** `/curfew/<service>` */
  readonly source: string;
  readonly type: string;
  /** The subject, device, application … the event is about. */
  readonly subject: string;
  /** RFC 3339 instant. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly tenant: string;
  /** `tenant:subject`: what is about one person stays in order. */
  readonly partitionkey: string;
  /** What started it all: the signal, or the revocation an administrator asked for. */
  readonly correlationid: string;
  /** The event that led to this one. */
  readonly causationid?: string;
  /** Who did it: an API key, a source or a service. */
  readonly actor: string;
  readonly data: Data;
}

export type EventOf<D extends EventDefinition> = CurfewEvent<DataOf<D>>;

export function defineEvent<S extends TSchema>(definition: {
  type: string;
  topic: TopicDefinition;
  bulkTopic?: TopicDefinition;
  schema: S;
  description: string;
}): EventDefinition<S> {
  return { ...definition, check: TypeCompiler.Compile(definition.schema) };
}
