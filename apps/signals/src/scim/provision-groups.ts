import { Problem } from '@curfew/contracts';
import { UnitOfWork, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { parse, type Filter } from 'scim2-parse-filter';
import { v7 as uuidv7 } from 'uuid';
import { patched, readOperations, type Operation } from './patch-resource.js';
import { assertVersion, directoryLocks, nameOf, sameResource } from './provision-users.js';
import { isObject, readResource, type Resource } from './read-resource.js';
import { scimInvalid } from './scim-problem.js';
import { GROUP } from './scim-schema.js';
import { ScimStore, type StoredGroup } from './scim.store.js';
import { TellDirectory, type Directory } from './tell-directory.js';

/**
 * The groups of a directory. Members are rows and changed one by one: a group of thousands is never read to add one.
 * Whoever's groups change by it is told to the registry, which ends what a revoked group's barrier covers.
 */
@Injectable()
export class ProvisionGroups {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: ScimStore,
    private readonly tell: TellDirectory,
  ) {}

  /** Throws `scim_invalid`. */
  create(directory: Directory, body: unknown): Promise<StoredGroup> {
    const { members, ...resource } = readResource(GROUP, body);
    return this.write(directory, async (tx) => {
      const id = uuidv7();
      await this.put(tx, directory, id, resource);
      await this.tellOf(tx, directory, await this.add(tx, directory, id, idsIn(members)));
      return this.find(tx, directory, id);
    });
  }

  /** Throws `scim_invalid`, `scim_resource_not_found`, `scim_version_mismatch`. */
  replace(directory: Directory, id: string, body: unknown, ifMatch?: string): Promise<StoredGroup> {
    const { members, ...resource } = readResource(GROUP, body);
    return this.change(directory, id, ifMatch, true, async (tx, group) => {
      const moved = await this.setMembers(tx, directory, id, idsIn(members));
      return { resource: sameResource(resource, group.resource) ? undefined : resource, moved };
    });
  }

  /** `members`: whether the answer is to hold them. Throws the same. */
  patch(
    directory: Directory,
    id: string,
    body: unknown,
    { ifMatch, members }: { readonly ifMatch: string | undefined; readonly members: boolean },
  ): Promise<StoredGroup> {
    const operations = readOperations(GROUP, body);
    const ofMembers = operations.filter(({ place }) => place.attribute.name === 'members');
    const others = operations.filter(({ place }) => place.attribute.name !== 'members');
    return this.change(directory, id, ifMatch, members, async (tx, group) => {
      const moved: string[] = [];
      for (const operation of ofMembers) moved.push(...(await this.moveMembers(tx, directory, id, operation)));
      const resource = patched(GROUP, group.resource, others);
      return { resource: sameResource(resource, group.resource) ? undefined : resource, moved };
    });
  }

  /** Throws `scim_resource_not_found`, `scim_version_mismatch`. */
  async remove(directory: Directory, id: string, ifMatch?: string): Promise<void> {
    await this.write(directory, async (tx) => {
      assertVersion(await this.find(tx, directory, id, false), ifMatch);
      const members = await this.store.memberIds(tx, id);
      await this.store.deleteGroup(tx, id);
      await this.tellOf(tx, directory, members);
    });
  }

  private change(
    directory: Directory,
    id: string,
    ifMatch: string | undefined,
    members: boolean,
    work: (tx: Tx, group: StoredGroup) => Promise<{ resource: Resource | undefined; moved: readonly string[] }>,
  ): Promise<StoredGroup> {
    return this.write(directory, async (tx) => {
      const before = await this.find(tx, directory, id, false);
      assertVersion(before, ifMatch);
      const { resource, moved } = await work(tx, before);
      if (resource !== undefined || moved.length > 0) await this.put(tx, directory, id, resource ?? before.resource);
      const renamed = resource !== undefined && resource.displayName !== before.displayName;
      await this.tellOf(tx, directory, renamed ? [...moved, ...(await this.store.memberIds(tx, id))] : moved);
      return this.find(tx, directory, id, members);
    });
  }

  private async moveMembers(tx: Tx, directory: Directory, id: string, operation: Operation): Promise<string[]> {
    const { op, value, picks } = operation;
    if (op === 'add') return this.add(tx, directory, id, idsIn(value));
    if (op === 'replace') {
      if (picks !== undefined) throw scimInvalid('invalidPath', 'A member is added or removed, not changed');
      return this.setMembers(tx, directory, id, idsIn(value));
    }
    // Entra's form, which names them in the value; RFC 7644's, which picks them in the path; or all.
    const ids = picks !== undefined ? pickedIds(picks) : value === undefined ? undefined : idsIn(value);
    return this.store.removeMembers(tx, id, ids ?? (await this.store.memberIds(tx, id)));
  }

  private async setMembers(tx: Tx, directory: Directory, id: string, ids: readonly string[]): Promise<string[]> {
    const wanted = new Set(ids.map((one) => one.toLowerCase()));
    const gone = (await this.store.memberIds(tx, id)).filter((one) => !wanted.has(one));
    return [...(await this.store.removeMembers(tx, id, gone)), ...(await this.add(tx, directory, id, ids))];
  }

  private async add(tx: Tx, { source }: Directory, id: string, ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const known = (await this.store.users(tx, source, ids)).map((user) => user.id);
    const missing = ids.find((one) => !known.includes(one.toLowerCase()));
    if (missing !== undefined) throw scimInvalid('invalidValue', `There is no user ${missing.slice(0, 100)}`);
    return this.store.addMembers(tx, id, known);
  }

  private async put(tx: Tx, { source }: Directory, id: string, resource: Resource): Promise<void> {
    const displayName = nameOf('displayName', resource.displayName);
    if (resource.externalId !== undefined) nameOf('externalId', resource.externalId);
    const version = await this.store.nextVersion(tx);
    await this.store.putGroup(tx, source, { id, displayName, resource, version });
  }

  private async tellOf(tx: Tx, directory: Directory, userIds: readonly string[]): Promise<void> {
    if (userIds.length > 0)
      this.tell.changed(tx, directory, await this.store.users(tx, directory.source, [...new Set(userIds)]));
  }

  private async find(tx: Tx, { source }: Directory, id: string, members = true): Promise<StoredGroup> {
    const group = await this.store.group(tx, source, id, members);
    if (!group) throw new Problem('scim_resource_not_found');
    return group;
  }

  private write<T>(directory: Directory, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.unitOfWork.run(directory.tenant, work, directoryLocks(directory));
  }
}

/** `[{"value": "id"}]`, `{"value": "id"}`, `"id"`. */
function idsIn(value: unknown): string[] {
  const values = value === undefined ? [] : Array.isArray(value) ? value : [value];
  return values.map((one: unknown) => {
    const id = isObject(one) ? one.value : one;
    if (typeof id !== 'string') throw scimInvalid('invalidValue', 'A member is named by its value');
    return id;
  });
}

/** Of `value eq "id"`, one or several apart by `or`. */
function pickedIds(picks: string): string[] {
  const idsOf = (filter: Filter): string[] => {
    if (filter.op === 'or') return filter.filters.flatMap(idsOf);
    if (filter.op === 'eq' && /^value$/i.test(filter.attrPath) && typeof filter.compValue === 'string')
      return [filter.compValue];
    throw scimInvalid('invalidPath', 'Members are picked by their value');
  };
  try {
    return idsOf(parse(picks));
  } catch (error) {
    throw error instanceof Problem ? error : scimInvalid('invalidPath', (error as Error).message);
  }
}
