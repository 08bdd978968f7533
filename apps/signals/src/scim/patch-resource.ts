import { Problem } from '@curfew/contracts';
import { scimPatch, type ScimPatchOperation, type ScimResource } from 'scim-patch';
import { isObject, objectOf, readResource, type Resource } from './read-resource.js';
import { scimInvalid, type ScimType } from './scim-problem.js';
import { extensionOf, placeOf, type Place, type ResourceKind } from './scim-schema.js';

const MOST_OPERATIONS = 1_000;

/** One change to one place, in the spelling of RFC 7644 §3.5.2. */
export interface Operation {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly place: Place;
  /** Of a path that picks among values: `type eq "work"`. */
  readonly picks?: string;
  readonly value?: unknown;
}

/** Throws `scim_invalid`. */
export function patched(kind: ResourceKind, resource: Resource, operations: readonly Operation[]): Resource {
  try {
    const plain = operations.map(({ op, path, value }) => ({ op, path, value }) as ScimPatchOperation);
    const changed = scimPatch(structuredClone(resource) as unknown as ScimResource, plain, { treatMissingAsAdd: true });
    return readResource(kind, changed);
  } catch (error) {
    if (error instanceof Problem) throw error;
    const { scimCode = 'invalidPath', message } = error as Error & { readonly scimCode?: ScimType };
    throw scimInvalid(scimCode, message);
  }
}

/**
 * The operations of a request as RFC 7644 would have them, whoever spelt them: `Replace`, no path at all, dotted names
 * and URNs as members of the value. What no schema names is left out. Throws `scim_invalid`.
 */
export function readOperations(kind: ResourceKind, body: unknown): Operation[] {
  const entry = Object.entries(objectOf(body, 'The request')).find(([name]) => name.toLowerCase() === 'operations');
  const given = entry?.[1];
  if (!Array.isArray(given) || given.length === 0 || given.length > MOST_OPERATIONS)
    throw scimInvalid('invalidSyntax', `Operations must hold 1 to ${MOST_OPERATIONS} operations`);
  return given.flatMap((one) => readOperation(kind, one));
}

function readOperation(kind: ResourceKind, given: unknown): Operation[] {
  const { op: opGiven, path, value } = objectOf(given, 'An operation');
  const op = typeof opGiven === 'string' ? opGiven.toLowerCase() : '';
  if (op !== 'add' && op !== 'remove' && op !== 'replace')
    throw scimInvalid('invalidSyntax', 'op must be add, remove or replace');
  if (path !== undefined && path !== null && path !== '') {
    if (typeof path !== 'string') throw scimInvalid('invalidPath', 'path must be text');
    return at(kind, op, path, value, true);
  }
  if (op === 'remove') throw scimInvalid('noTarget', 'remove needs a path');
  if (!isObject(value)) throw scimInvalid('invalidValue', 'Without a path the value must be an object');
  return Object.entries(value).flatMap(([name, inner]) => at(kind, op, name, inner, false));
}

const PATH = /^([^[\]]+)(?:\[([^[\]]{1,500})\])?(?:\.([A-Za-z$][\w-]*))?$/;

/** `asked`: the path itself was given, so one that may not be written is an error and not a member to pass over. */
function at(kind: ResourceKind, op: Operation['op'], path: string, value: unknown, asked: boolean): Operation[] {
  const extension = extensionOf(kind, path);
  if (extension) {
    const members = op === 'remove' ? Object.fromEntries(extension.attributes.map(({ name }) => [name, null])) : value;
    return Object.entries(objectOf(members, path)).flatMap(([name, inner]) =>
      at(kind, op, `${extension.id}:${name}`, inner, asked),
    );
  }
  const [, name, picks, sub] = PATH.exec(path) ?? [];
  if (name === undefined) throw scimInvalid('invalidPath', `${path.slice(0, 100)} is no path`);
  const place = placeOf(kind, picks === undefined ? path : sub === undefined ? name : `${name}.${sub}`);
  if (!place) return [];
  if ([place.attribute, place.sub].some((one) => one?.mutability === 'readOnly')) {
    if (asked) throw scimInvalid('mutability', `${path.slice(0, 100)} can not be written`);
    return [];
  }
  const unassigns = op === 'remove' || value === null || value === undefined;
  const isList = place.attribute.multiValued && !place.sub && picks === undefined;
  return [
    {
      op: unassigns ? 'remove' : op,
      path: spelt(place, picks),
      place,
      ...(picks === undefined ? {} : { picks }),
      ...(value === null || value === undefined ? {} : { value: isList && !Array.isArray(value) ? [value] : value }),
    },
  ];
}

const spelt = ({ extension, attribute, sub }: Place, picks: string | undefined): string =>
  `${extension === undefined ? '' : `${extension}:`}${attribute.name}${picks === undefined ? '' : `[${picks}]`}${sub ? `.${sub.name}` : ''}`;
