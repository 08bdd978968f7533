import SCIMMY from 'scimmy';

/** RFC 7643 §7, as far as reading and writing values goes. */
export interface Attribute {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'complex' | 'reference' | 'binary' | 'dateTime' | 'integer' | 'decimal';
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly caseExact?: boolean;
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  readonly returned: 'always' | 'never' | 'default' | 'request';
  readonly subAttributes?: readonly Attribute[];
}

interface Schema {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly Attribute[];
}

export interface ResourceKind {
  readonly name: 'User' | 'Group';
  readonly endpoint: '/Users' | '/Groups';
  readonly schema: Schema;
  readonly extensions: readonly Schema[];
}

const attribute = (name: string, more: Partial<Attribute> & Record<string, unknown> = {}): Attribute => ({
  name,
  type: 'string',
  multiValued: false,
  required: false,
  caseExact: true,
  mutability: 'readWrite',
  returned: 'default',
  ...more,
});

/** RFC 7643 §3.1: of every resource, and in nobody's schema. */
export const COMMON: readonly Attribute[] = [
  attribute('id', { mutability: 'readOnly', returned: 'always' }),
  attribute('externalId'),
  attribute('meta', {
    type: 'complex',
    mutability: 'readOnly',
    subAttributes: ['resourceType', 'created', 'lastModified', 'location', 'version'].map((name) =>
      attribute(name, { mutability: 'readOnly' }),
    ),
  }),
];

const published = (name: 'User' | 'Group' | 'EnterpriseUser' | 'ResourceType' | 'ServiceProviderConfig'): Schema =>
  JSON.parse(JSON.stringify(SCIMMY.Schemas[name].definition.describe())) as Schema;

/** Groups are not nested here: who is in one is a person. What the person is called stands with the person. */
const ofPeople = (schema: Schema): Schema => ({
  ...schema,
  attributes: schema.attributes.map(({ subAttributes, ...one }) => ({
    ...one,
    ...(subAttributes ? { subAttributes: subAttributes.filter(({ name }) => name !== 'display').map(ofPerson) } : {}),
  })),
});

const ofPerson = (sub: Attribute): Attribute => ({
  ...sub,
  ...(sub.name === '$ref' ? { referenceTypes: ['User'] } : {}),
  ...(sub.name === 'type' ? { canonicalValues: ['User'] } : {}),
});

/** What Curfew's policies judge people by, for directories that can be told to send it. */
const SUBJECT: Schema = {
  id: 'urn:curfew:params:scim:schemas:extension:subject:1.0:User',
  name: 'Subject',
  description: 'What policies judge a person by',
  attributes: ['region', 'clearance'].map((name) => attribute(name, { description: `Their ${name}` })),
};

const ENTERPRISE = published('EnterpriseUser');

export const USER: ResourceKind = {
  name: 'User',
  endpoint: '/Users',
  schema: published('User'),
  extensions: [ENTERPRISE, SUBJECT],
};
export const GROUP: ResourceKind = {
  name: 'Group',
  endpoint: '/Groups',
  schema: ofPeople(published('Group')),
  extensions: [],
};
export const ENTERPRISE_SCHEMA = ENTERPRISE.id;
export const SUBJECT_SCHEMA = SUBJECT.id;

/** RFC 7643 §8.7.2, which describes itself. */
const SCHEMA: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:Schema',
  name: 'Schema',
  description: 'What a resource may hold',
  attributes: [
    attribute('id', { mutability: 'readOnly', returned: 'always', required: true }),
    attribute('name', { mutability: 'readOnly' }),
    attribute('description', { mutability: 'readOnly' }),
    attribute('attributes', {
      type: 'complex',
      multiValued: true,
      mutability: 'readOnly',
      subAttributes: [
        ...['name', 'type', 'description', 'mutability', 'returned', 'uniqueness'].map((name) =>
          attribute(name, { mutability: 'readOnly' }),
        ),
        ...['multiValued', 'required', 'caseExact'].map((name) =>
          attribute(name, { type: 'boolean', mutability: 'readOnly' }),
        ),
        ...['canonicalValues', 'referenceTypes'].map((name) =>
          attribute(name, { multiValued: true, mutability: 'readOnly' }),
        ),
      ],
    }),
  ],
};

export const SCHEMAS: readonly Schema[] = [
  USER.schema,
  ...USER.extensions,
  GROUP.schema,
  published('ResourceType'),
  published('ServiceProviderConfig'),
  SCHEMA,
];

/** Names of attributes are compared without regard to case (RFC 7643 §2.1). */
export const named = (attributes: readonly Attribute[], name: string): Attribute | undefined =>
  attributes.find((one) => one.name.toLowerCase() === name.toLowerCase());

/** Where in a resource something stands. */
export interface Place {
  /** The extension it belongs to; undefined: the core. */
  readonly extension?: string;
  readonly attribute: Attribute;
  readonly sub?: Attribute;
}

/**
 * `name.givenName`, `urn:…:User:name.givenName`, `urn:…:enterprise:2.0:User:department`. Undefined: there is no such
 * attribute.
 */
export function placeOf(kind: ResourceKind, path: string): Place | undefined {
  const within = (schema: Schema): string | undefined =>
    path.toLowerCase().startsWith(`${schema.id.toLowerCase()}:`) ? path.slice(schema.id.length + 1) : undefined;
  for (const extension of kind.extensions) {
    const rest = within(extension);
    if (rest === undefined) continue;
    const place = inAttributes(extension.attributes, rest);
    return place && { extension: extension.id, ...place };
  }
  return inAttributes([...COMMON, ...kind.schema.attributes], within(kind.schema) ?? path);
}

function inAttributes(attributes: readonly Attribute[], path: string): Place | undefined {
  const [name, subName, ...more] = path.split('.');
  const attribute = named(attributes, name!);
  if (!attribute || more.length > 0) return undefined;
  if (subName === undefined) return { attribute };
  const sub = named(attribute.subAttributes ?? [], subName);
  return sub && { attribute, sub };
}

export const extensionOf = (kind: ResourceKind, id: string): Schema | undefined =>
  kind.extensions.find((extension) => extension.id.toLowerCase() === id.toLowerCase());
