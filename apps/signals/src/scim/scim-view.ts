import { scimInvalid } from './scim-problem.js';
import { isObject, type Resource } from './read-resource.js';
import { placeOf, type ResourceKind } from './scim-schema.js';
import type { StoredGroup, StoredUser } from './scim.store.js';

export const LIST_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** Which attributes a client asked for (RFC 7644 §3.9); of both at once the first counts. */
export interface Projection {
  readonly attributes?: string | undefined;
  readonly excludedAttributes?: string | undefined;
}

/** RFC 7644 §3.14: weak, since it says nothing of the bytes. */
export const etagOf = ({ version }: { readonly version: string }): string => `W/"${version}"`;

/** `base`: where the client reached us. */
export const userView = (base: string, user: StoredUser): Resource => ({
  ...user.resource,
  id: user.id,
  ...(user.groups.length === 0
    ? {}
    : {
        groups: user.groups.map(({ id, displayName }) => ({
          value: id,
          $ref: `${base}/Groups/${id}`,
          display: displayName,
          type: 'direct',
        })),
      }),
  meta: metaOf(base, 'User', '/Users', user),
});

export const groupView = (base: string, group: StoredGroup): Resource => ({
  ...group.resource,
  id: group.id,
  ...(group.members.length === 0
    ? {}
    : {
        members: group.members.map((id) => ({ value: id, $ref: `${base}/Users/${id}`, type: 'User' })),
      }),
  meta: metaOf(base, 'Group', '/Groups', group),
});

const metaOf = (base: string, resourceType: string, endpoint: string, stored: StoredUser | StoredGroup) => ({
  resourceType,
  created: stored.createdAt.toISOString(),
  lastModified: stored.updatedAt.toISOString(),
  location: `${base}${endpoint}/${stored.id}`,
  version: etagOf(stored),
});

export const listView = (
  resources: readonly Resource[],
  totalResults: number,
  startIndex: number,
): Record<string, unknown> => ({
  schemas: [LIST_RESPONSE],
  totalResults,
  startIndex,
  itemsPerPage: resources.length,
  Resources: resources,
});

/** Whether members are asked for: a group may have thousands. */
export function asksFor(kind: ResourceKind, { attributes, excludedAttributes }: Projection, name: string): boolean {
  const names = (text: string) => namesIn(kind, text).map(([top]) => top);
  if (attributes !== undefined) return names(attributes).includes(name);
  return excludedAttributes === undefined || !names(excludedAttributes).includes(name);
}

/** `schemas`, `id` and `meta` are always there. */
export function projected(kind: ResourceKind, resource: Resource, projection: Projection): Resource {
  const { attributes, excludedAttributes } = projection;
  if (attributes === undefined && excludedAttributes === undefined) return resource;
  const paths = namesIn(kind, attributes ?? excludedAttributes!);
  const always = { schemas: resource.schemas, id: resource.id, meta: resource.meta };
  if (attributes !== undefined) {
    const picked: Resource = {};
    for (const path of paths) pick(resource, picked, path);
    return { ...picked, ...always };
  }
  const left = structuredClone(resource);
  for (const path of paths) drop(left, path);
  return { ...left, ...always };
}

/** Members that lead to each; what no schema names is passed over. */
function namesIn(kind: ResourceKind, text: string): [string, ...string[]][] {
  if (text.length > 2_000) throw scimInvalid('invalidValue', 'Too many attributes are named');
  return text.split(',').flatMap((one): [string, ...string[]][] => {
    const name = one.trim();
    const extension = kind.extensions.find(({ id }) => id.toLowerCase() === name.toLowerCase());
    if (extension) return [[extension.id]];
    const place = placeOf(kind, name);
    if (!place) return [];
    const { extension: id, attribute, sub } = place;
    return [[...(id === undefined ? [] : [id]), attribute.name, ...(sub ? [sub.name] : [])] as [string, ...string[]]];
  });
}

function pick(from: Resource, to: Resource, [name, ...rest]: readonly string[]): void {
  const value = from[name!];
  if (value === undefined) return;
  if (rest.length === 0) to[name!] = value;
  else if (Array.isArray(value)) {
    const before = (to[name!] ?? value.map(() => ({}))) as Resource[];
    value.forEach((one, at) => pick(one as Resource, before[at]!, rest));
    to[name!] = before;
  } else if (isObject(value)) pick(value, (to[name!] ??= {}) as Resource, rest);
}

function drop(from: Resource, [name, ...rest]: readonly string[]): void {
  const value = from[name!];
  if (rest.length === 0) delete from[name!];
  else if (Array.isArray(value)) for (const one of value) drop(one as Resource, rest);
  else if (isObject(value)) drop(value, rest);
}
