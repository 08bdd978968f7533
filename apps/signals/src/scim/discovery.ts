import { Problem } from '@curfew/contracts';
import { LARGEST_SCIM_BODY } from '@curfew/runtime';
import { MOST_RESULTS } from './find-resources.js';
import type { Resource } from './read-resource.js';
import { GROUP, SCHEMAS, USER, type ResourceKind } from './scim-schema.js';
import { listView } from './scim-view.js';

export const MOST_BULK_OPERATIONS = 200;

/** RFC 7643 §5: what this provider can do. */
export const serviceProviderConfig = (base: string): Resource => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  patch: { supported: true },
  bulk: { supported: true, maxOperations: MOST_BULK_OPERATIONS, maxPayloadSize: LARGEST_SCIM_BODY },
  filter: { supported: true, maxResults: MOST_RESULTS },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: true },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'API key',
      description: 'An API key with the permission scim:provision, as a bearer token (RFC 6750)',
      specUri: 'https://www.rfc-editor.org/info/rfc6750',
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
});

const resourceType = (base: string, { name, endpoint, schema, extensions }: ResourceKind): Resource => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
  id: name,
  name,
  description: schema.description,
  endpoint,
  schema: schema.id,
  ...(extensions.length === 0
    ? {}
    : { schemaExtensions: extensions.map(({ id }) => ({ schema: id, required: false })) }),
  meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${name}` },
});

const resourceTypes = (base: string): Resource[] => [USER, GROUP].map((kind) => resourceType(base, kind));

const schemas = (base: string): Resource[] =>
  SCHEMAS.map(({ id, name, description, attributes }) => ({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
    id,
    name,
    description,
    attributes,
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${id}` },
  }));

const LISTS = { ResourceTypes: resourceTypes, Schemas: schemas } as const;

export function discoveryList(base: string, of: keyof typeof LISTS, filter: string | undefined): Resource {
  // RFC 7644 §4: whoever filters these would be told of less than holds.
  if (filter !== undefined) throw new Problem('scim_filter_forbidden');
  const all = LISTS[of](base);
  return listView(all, all.length, 1);
}

/** Throws `scim_resource_not_found`. */
export function discovered(base: string, of: keyof typeof LISTS, id: string): Resource {
  const found = LISTS[of](base).find((one) => String(one.id).toLowerCase() === id.toLowerCase());
  if (!found) throw new Problem('scim_resource_not_found');
  return found;
}
