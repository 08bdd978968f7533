import type { Search } from './find-resources.js';
import { objectOf } from './read-resource.js';
import { scimInvalid } from './scim-problem.js';
import type { Projection } from './scim-view.js';

interface Query extends Projection {
  readonly filter?: string | undefined;
  readonly startIndex?: string | undefined;
  readonly count?: string | undefined;
}

/** Of a query in the address. */
export const searchOf = ({ startIndex, count, ...query }: Query): Search => ({
  ...query,
  ...(startIndex === undefined ? {} : { startIndex: Number(startIndex) }),
  ...(count === undefined ? {} : { count: Number(count) }),
});

/** Of a query in a body (RFC 7644 §3.4.3). Throws `scim_invalid`. */
export function readSearch(body: unknown): Search {
  const { filter, startIndex, count, attributes, excludedAttributes } = objectOf(body, 'The request');
  return {
    filter: optional('filter', filter, 'string'),
    startIndex: optional('startIndex', startIndex, 'number'),
    count: optional('count', count, 'number'),
    attributes: listOf('attributes', attributes),
    excludedAttributes: listOf('excludedAttributes', excludedAttributes),
  };
}

interface Types {
  readonly string: string;
  readonly number: number;
}

function optional<T extends keyof Types>(name: string, value: unknown, type: T): Types[T] | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== type || (type === 'number' && !Number.isSafeInteger(value)))
    throw scimInvalid('invalidValue', `${name} is no ${type === 'number' ? 'whole number' : 'text'}`);
  return value as Types[T];
}

function listOf(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string'))
    throw scimInvalid('invalidValue', `${name} must be a list of names`);
  return value.join(',');
}
