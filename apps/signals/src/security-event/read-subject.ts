import { isPlainText } from '@curfew/runtime';
import type { SubjectReference } from '../signal/signal.js';
import { isObject, malformed } from './read-set.js';

/** Whom an event is about: all that is given narrows one thing down. */
export interface Meant {
  readonly subject?: SubjectReference;
  readonly device?: { readonly id: string };
  readonly session?: { readonly id: string };
}

/** What a subject that has no parts names: of some events a device, or a session where it is no name of a person. */
export type Principal = 'user' | 'device' | 'session';

const LONGEST = 256;
/** Keycloak's word for every session of a person, where an administrator signs them out. */
const EVERY_SESSION = 'ALL';
/** The tenant a person belongs to says nothing more of who that is: the stream is one tenant's. */
const PARTS = ['user', 'device', 'session', 'tenant'];

/**
 * RFC 9493 and SSF 1.0 §3. Answers a text where it is well-formed and names nobody Curfew could know, or something in a
 * narrower way than Curfew can follow: what is said of a part is never taken for the whole. Throws `set_invalid_request`.
 */
export function readSubject(given: unknown, issuer: string, principal: Principal): Meant | string {
  if (!isObject(given)) throw malformed('its sub_id is missing');
  const format = formatOf(given);
  if (format !== 'complex') return readSimple(given, issuer, principal);
  const parts = Object.entries(given).filter(([name]) => name !== 'format');
  const strange = parts.find(([name]) => !PARTS.includes(name));
  if (strange) return `it is narrowed by ${strange[0].slice(0, 64)}, which Curfew does not know`;
  const meant: { -readonly [K in keyof Meant]: Meant[K] } = {};
  for (const [name, part] of parts) {
    if (name === 'tenant') continue;
    if (!isObject(part)) throw malformed(`${name} of its sub_id is no subject`);
    const read = readSimple(part, issuer, name as Principal);
    if (typeof read === 'string') return read;
    Object.assign(meant, read);
  }
  if (!meant.subject && !meant.device && !meant.session) return 'it names neither a person, a device nor a session';
  return meant;
}

function readSimple(given: Record<string, unknown>, issuer: string, principal: Principal): Meant | string {
  const format = formatOf(given);
  if (principal === 'session') {
    const id = sessionOf(format, given);
    if (id !== undefined) return id === EVERY_SESSION ? {} : { session: { id } };
  }
  if (principal === 'device') {
    const id = deviceOf(format, given);
    return id === undefined ? `a device of the format ${format} is not known here` : { device: { id } };
  }
  const subject = personOf(format, given, issuer);
  return subject ? { subject } : `a person of the format ${format} is not known here`;
}

/** Google's earlier events call it `subject_type`. */
function formatOf(given: Record<string, unknown>): string {
  const format = given.format ?? given.subject_type;
  if (typeof format !== 'string' || format.length > 64) throw malformed('its sub_id has no format');
  return format.replaceAll('-', '_');
}

function personOf(format: string, given: Record<string, unknown>, issuer: string): SubjectReference | undefined {
  switch (format) {
    case 'email':
      return { email: text(given, 'email') };
    case 'iss_sub':
    case 'id_token_claims':
      return { iss: text(given, 'iss'), sub: text(given, 'sub') };
    case 'opaque':
      return { iss: issuer, sub: text(given, 'id') };
    case 'scim':
      return { iss: issuer, sub: 'id' in given ? text(given, 'id') : text(given, 'uri').split('/').at(-1)! };
    case 'aliases':
      return ofAliases(given, issuer);
    default:
      return undefined;
  }
}

/** Several names of one person: those that are known here. */
function ofAliases({ identifiers }: Record<string, unknown>, issuer: string): SubjectReference | undefined {
  if (!Array.isArray(identifiers)) throw malformed('its identifiers are no list');
  const known = identifiers.slice(0, 10).flatMap((one: unknown) => {
    if (!isObject(one)) throw malformed('one of its identifiers is no subject');
    const format = formatOf(one);
    return format === 'aliases' ? [] : (personOf(format, one, issuer) ?? []);
  });
  return known.length === 0 ? undefined : (Object.assign({}, ...known.reverse()) as SubjectReference);
}

function deviceOf(format: string, given: Record<string, unknown>): string | undefined {
  if (format === 'opaque') return text(given, 'id');
  return format === 'iss_sub' ? text(given, 'sub') : undefined;
}

function sessionOf(format: string, given: Record<string, unknown>): string | undefined {
  if (format === 'opaque') return text(given, 'id');
  if (format === 'jwt_id') return text(given, 'jti');
  return format === 'saml_assertion_id' ? text(given, 'assertion_id') : undefined;
}

function text(given: Record<string, unknown>, name: string): string {
  const value = given[name];
  if (typeof value !== 'string' || value === '' || value.length > LONGEST || !isPlainText(value))
    throw malformed(`${name} of its sub_id must be plain text of 1 to ${LONGEST} characters`);
  return value;
}
