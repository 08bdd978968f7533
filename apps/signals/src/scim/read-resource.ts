import { scimInvalid } from './scim-problem.js';
import { extensionOf, named, placeOf, type Attribute, type ResourceKind } from './scim-schema.js';

/** A resource as it is kept: names as the schema writes them, values of its types, nothing that is read-only. */
export type Resource = Record<string, unknown>;

const LONGEST = 4_096;
const MOST_VALUES = 10_000;

/**
 * What a client sent, in any of the spellings they use: names in any case, with the schema's URN before them or dotted;
 * `"False"` for false; one value where a list is expected, a list of one or `{"value": …}` where one value is. What no
 * schema names is passed over: one unknown attribute must not keep an `active: false` from counting. Throws `scim_invalid`.
 */
export function readResource(kind: ResourceKind, given: unknown): Resource {
  const read: Resource = {};
  for (const [key, value] of Object.entries(objectOf(given, 'The resource'))) {
    const extension = extensionOf(kind, key);
    if (!extension) put(kind, read, key, value);
    else if (value !== null)
      for (const [name, inner] of Object.entries(objectOf(value, key)))
        put(kind, read, `${extension.id}:${name}`, inner);
  }
  for (const { name } of kind.schema.attributes.filter(({ required }) => required))
    if (read[name] === undefined || read[name] === '') throw scimInvalid('invalidValue', `${name} is required`);
  return {
    schemas: [kind.schema.id, ...kind.extensions.map(({ id }) => id).filter((id) => read[id] !== undefined)],
    ...read,
  };
}

function put(kind: ResourceKind, resource: Resource, key: string, value: unknown): void {
  const place = placeOf(kind, key);
  if (!place || !isKept(place.attribute)) return;
  const target = place.extension === undefined ? resource : innerOf(resource, place.extension);
  const { attribute, sub } = place;
  if (!sub) {
    const read = valueOf(attribute, value);
    if (read !== undefined) target[attribute.name] = read;
    return;
  }
  const read = isKept(sub) ? valueOf(sub, value) : undefined;
  if (read === undefined) return;
  if (attribute.multiValued) target[attribute.name] = [{ [sub.name]: read }];
  else innerOf(target, attribute.name)[sub.name] = read;
}

const innerOf = (target: Resource, name: string): Resource => (target[name] ??= {}) as Resource;

/** A password is nothing Curfew needs; it is not even kept. */
const isKept = ({ mutability }: Attribute): boolean => mutability !== 'readOnly' && mutability !== 'writeOnly';

/** Undefined: unassigned, as null and an empty list are (RFC 7643 §2.5). */
function valueOf(attribute: Attribute, given: unknown): unknown {
  if (given === null || given === undefined) return undefined;
  if (!attribute.multiValued) return singleOf(attribute, Array.isArray(given) && given.length === 1 ? given[0] : given);
  const values = (Array.isArray(given) ? given : [given])
    .map((one) => singleOf(attribute, one))
    .filter((one) => one !== undefined);
  if (values.length > MOST_VALUES) throw scimInvalid('invalidValue', `${attribute.name} holds too many values`);
  const primary = values.filter((one) => (one as Resource).primary === true);
  if (primary.length > 1) throw scimInvalid('invalidValue', `${attribute.name} has more than one primary value`);
  return values.length === 0 ? undefined : values;
}

function singleOf(attribute: Attribute, given: unknown): unknown {
  if (given === null) return undefined;
  if (attribute.type === 'complex') return complexOf(attribute, given);
  // An older form of Entra's: {"value": "False"}.
  const value = isObject(given) && 'value' in given ? given.value : given;
  if (attribute.type === 'boolean') return booleanOf(attribute, value);
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof text !== 'string' || text.length > LONGEST || !isStorable(text))
    throw scimInvalid('invalidValue', `${attribute.name} must be text of at most ${LONGEST} characters`);
  return text;
}

function complexOf({ name, subAttributes = [] }: Attribute, given: unknown): Resource | undefined {
  if (!isObject(given)) {
    const value = named(subAttributes, 'value');
    if (!value || Array.isArray(given)) throw scimInvalid('invalidValue', `${name} must be an object`);
    return { value: singleOf(value, given) };
  }
  const read: Resource = {};
  for (const [key, value] of Object.entries(given)) {
    const sub = named(subAttributes, key);
    const one = sub && isKept(sub) ? valueOf(sub, value) : undefined;
    if (one !== undefined) read[sub!.name] = one;
  }
  return Object.keys(read).length === 0 ? undefined : read;
}

function booleanOf({ name }: Attribute, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.toLowerCase() : undefined;
  if (text !== 'true' && text !== 'false') throw scimInvalid('invalidValue', `${name} must be true or false`);
  return text === 'true';
}

export const isObject = (value: unknown): value is Resource =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function objectOf(value: unknown, what: string): Resource {
  if (!isObject(value)) throw scimInvalid('invalidSyntax', `${what} must be an object`);
  return value;
}

/** PostgreSQL keeps neither NUL nor half a surrogate pair. Lines of an address stay. */
const isStorable = (text: string): boolean => !/[\0\p{Cs}]/u.test(text);
