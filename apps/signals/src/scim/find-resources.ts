import { Problem } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { queryOf } from './filter.js';
import type { Resource } from './read-resource.js';
import { GROUP, USER, type ResourceKind } from './scim-schema.js';
import { asksFor, groupView, listView, projected, userView, type Projection } from './scim-view.js';
import { ScimStore, type StoredGroup, type StoredUser } from './scim.store.js';
import type { Directory } from './tell-directory.js';

export const DEFAULT_COUNT = 100;
export const MOST_RESULTS = 200;

export interface Search extends Projection {
  readonly filter?: string | undefined;
  readonly startIndex?: number | undefined;
  readonly count?: number | undefined;
}

/** A resource with what stands in the headers of an answer. */
export interface Shown {
  readonly resource: Resource;
  readonly version: string;
}

/** What a directory finds here of its own: nothing of another's, though it were the same tenant's. */
@Injectable()
export class FindResources {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: ScimStore,
  ) {}

  /** Throws `scim_resource_not_found`. */
  async one(
    directory: Directory,
    kind: ResourceKind,
    id: string,
    base: string,
    projection: Projection,
  ): Promise<Shown> {
    const { source } = directory;
    const found = await this.unitOfWork.run(directory.tenant, async (tx) =>
      kind === USER
        ? await this.store.user(tx, source, id)
        : await this.store.group(tx, source, id, asksFor(GROUP, projection, 'members')),
    );
    if (!found) throw new Problem('scim_resource_not_found');
    return show(kind, found, base, projection);
  }

  /** Throws `scim_invalid`. */
  async list(directory: Directory, kind: ResourceKind, base: string, search: Search): Promise<Resource> {
    const query = search.filter === undefined ? undefined : queryOf(kind, search.filter);
    const start = Math.max(search.startIndex ?? 1, 1);
    const count = Math.min(Math.max(search.count ?? DEFAULT_COUNT, 0), MOST_RESULTS);
    const { source, tenant } = directory;
    const { total, items } = await this.unitOfWork.run<{ total: number; items: readonly (StoredUser | StoredGroup)[] }>(
      tenant,
      (tx) =>
        kind === USER
          ? this.store.listUsers(tx, source, query, start, count)
          : this.store.listGroups(tx, source, query, start, count, asksFor(GROUP, search, 'members')),
    );
    return listView(
      items.map((one) => show(kind, one, base, search).resource),
      total,
      start,
    );
  }
}

export function show(
  kind: ResourceKind,
  stored: StoredUser | StoredGroup,
  base: string,
  projection: Projection,
): Shown {
  const view = 'userName' in stored ? userView(base, stored) : groupView(base, stored);
  return { resource: projected(kind, view, projection), version: stored.version };
}
