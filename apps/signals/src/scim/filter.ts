import { isPlainText } from '@curfew/runtime';
import { parse, type Filter } from 'scim2-parse-filter';
import { scimInvalid } from './scim-problem.js';
import { named, placeOf, type Attribute, type ResourceKind } from './scim-schema.js';

/** What PostgreSQL finds resources by. */
export interface Query {
  /** A predicate over the whole resource, in SQL/JSON path. */
  readonly jsonPath: string;
  /** What it must be for the predicate to hold, where that is one indexed value. */
  readonly userName?: string;
  readonly externalId?: string;
  readonly displayName?: string;
  readonly mentionsMembers: boolean;
}

const LONGEST = 2_000;

/** RFC 7644 §3.4.2.2. Throws `scim_invalid` (invalidFilter). */
export function queryOf(kind: ResourceKind, text: string): Query {
  let filter: Filter;
  try {
    if (text.length > LONGEST || !isPlainText(text)) throw new Error(`a filter is at most ${LONGEST} characters`);
    filter = parse(text);
  } catch (error) {
    throw scimInvalid('invalidFilter', (error as Error).message);
  }
  const indexed = (name: string) => {
    const value = equalTo(filter, name);
    return value === undefined ? {} : { [name]: value };
  };
  return {
    jsonPath: `$ ? (${predicate(filter, (path) => attributeAt(kind, path))})`,
    ...indexed('userName'),
    ...indexed('externalId'),
    ...indexed('displayName'),
    mentionsMembers: /\bmembers\b/i.test(text),
  };
}

interface Found {
  /** Members that lead there, as the schema writes them; where one is a list, each of its values is meant. */
  readonly steps: readonly string[];
  readonly attribute: Attribute;
}
type Lookup = (path: string) => Found;

function attributeAt(kind: ResourceKind, path: string): Found {
  const { extension, attribute, sub } = placeOf(kind, path) ?? nothingAt(path);
  const steps = [...(extension === undefined ? [] : [extension]), attribute.name, ...(sub ? [sub.name] : [])];
  return { steps, attribute: sub ?? attribute };
}

function within({ subAttributes = [] }: Attribute, path: string): Found {
  const attribute = named(subAttributes, path) ?? nothingAt(path);
  return { steps: [attribute.name], attribute };
}

function nothingAt(path: string): never {
  throw scimInvalid('invalidFilter', `There is no attribute ${path.slice(0, 100)}`);
}

/** Of objects it is their `value` that is compared (RFC 7644 §3.4.2.2). */
function comparable({ steps, attribute }: Found): Found {
  const value = named(attribute.subAttributes ?? [], 'value');
  return value ? { steps: [...steps, value.name], attribute: value } : { steps, attribute };
}

function predicate(filter: Filter, lookup: Lookup): string {
  switch (filter.op) {
    case 'and':
    case 'or': {
      const joint = filter.op === 'and' ? ' && ' : ' || ';
      return filter.filters.map((one) => `(${predicate(one, lookup)})`).join(joint);
    }
    case 'not':
      return `!(${predicate(filter.filter, lookup)})`;
    case '[]': {
      const { steps, attribute } = lookup(filter.attrPath);
      return `exists (@${stepsOf(steps)}[*] ? (${predicate(filter.valFilter, (path) => within(attribute, path))}))`;
    }
    case 'pr':
      return isThere(lookup(filter.attrPath));
    default: {
      const found = comparable(lookup(filter.attrPath));
      const { op, compValue } = filter;
      const holds =
        compValue === null
          ? `!(${isThere(found)})`
          : `exists (@${stepsOf(found.steps)} ? (${comparison(op, found.attribute, compValue)}))`;
      return op === 'ne' ? `!(${holds})` : holds;
    }
  }
}

const isThere = ({ steps }: Found): string => `exists (@${stepsOf(steps)} ? (@ != null))`;

const stepsOf = (steps: readonly string[]): string => steps.map((step) => `.${JSON.stringify(step)}`).join('');

function comparison(op: string, { name, type, caseExact }: Attribute, value: boolean | number | string): string {
  if (type === 'boolean') {
    if (op !== 'eq' && op !== 'ne') return refuse(op, name);
    return `@ == ${/^true$/i.test(String(value))}`; // Entra writes "True"
  }
  if (typeof value !== 'string') return `@ ${SIGNS[op] ?? refuse(op, name)} ${value}`;
  const text = /^(created|lastModified)$/.test(name) ? instantOf(value) : value;
  const quoted = escaped(text);
  const pattern = { co: quoted, sw: `^${quoted}`, ew: `${quoted}$`, eq: `^${quoted}$`, ne: `^${quoted}$` }[op];
  if (pattern === undefined) return `@ ${SIGNS[op] ?? refuse(op, name)} ${JSON.stringify(text)}`;
  return `@ like_regex ${JSON.stringify(pattern)}${caseExact === true ? '' : ' flag "i"'}`;
}

/** `ne` is asked as `!(… ==)`: what is not there at all differs as well. */
const SIGNS: Readonly<Record<string, string>> = { eq: '==', ne: '==', gt: '>', ge: '>=', lt: '<', le: '<=' };

function refuse(op: string, name: string): never {
  throw scimInvalid('invalidFilter', `${op} can not be asked of ${name}`);
}

/** Stored ones have milliseconds; text is compared. */
function instantOf(value: string): string {
  const at = new Date(value);
  if (Number.isNaN(at.getTime())) throw scimInvalid('invalidFilter', 'That is no instant');
  return at.toISOString();
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The value a resource must have there for the filter to hold; undefined: it may have several. */
function equalTo(filter: Filter, name: string): string | undefined {
  if (filter.op === 'and') return filter.filters.map((one) => equalTo(one, name)).find((one) => one !== undefined);
  return filter.op === 'eq' && typeof filter.compValue === 'string' && named([{ name } as Attribute], filter.attrPath)
    ? filter.compValue
    : undefined;
}
