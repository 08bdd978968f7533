import { Problem } from '@curfew/contracts';
import { exclusive, UnitOfWork, type AdvisoryLock, type Tx } from '@curfew/messaging';
import { isPlainText } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import { patched, readOperations } from './patch-resource.js';
import { isObject, readResource, type Resource } from './read-resource.js';
import { scimInvalid } from './scim-problem.js';
import { USER } from './scim-schema.js';
import { etagOf } from './scim-view.js';
import { ScimStore, type StoredUser } from './scim.store.js';
import { TellDirectory, type Directory } from './tell-directory.js';

const LONGEST_NAME = 256;

/** What a directory says goes in the order it says it: one request of it after the other. */
export const directoryLocks = ({ tenant, source }: Directory): readonly AdvisoryLock[] => [
  exclusive('scim', tenant, source),
];

/** RFC 7644 §3.14: undefined where the client asks for none. Throws `scim_version_mismatch`. */
export function assertVersion(stored: { readonly version: string }, ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const wanted = ifMatch.split(',').map((one) => one.trim().replace(/^W\//, ''));
  if (!wanted.includes(etagOf(stored).slice(2))) throw new Problem('scim_version_mismatch');
}

export function nameOf(attribute: string, value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > LONGEST_NAME || !isPlainText(value))
    throw scimInvalid('invalidValue', `${attribute} must be text of 1 to ${LONGEST_NAME} characters`);
  return value;
}

/**
 * The users of a directory. Whoever was active and is not is terminated: by `active: false` in whatever spelling, by
 * being made inactive from the first, by DELETE. Who becomes active again is let in again. When this returns it is on disk.
 */
@Injectable()
export class ProvisionUsers {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: ScimStore,
    private readonly tell: TellDirectory,
  ) {}

  /** Throws `scim_invalid`, `scim_conflict`. */
  create(directory: Directory, body: unknown): Promise<StoredUser> {
    const resource = readResource(USER, body);
    return this.write(directory, async (tx) => {
      const userName = nameOf('userName', resource.userName);
      const id = uuidv7();
      const returns = await this.store.wasDeleted(tx, directory.source, userName);
      const user = await this.put(tx, directory, id, { active: true, ...resource }, resource.active !== false);
      if (!user.active)
        await this.tell.employment(tx, directory, user, 'employment.terminated', {
          what: 'created inactive',
          payload: body,
        });
      else if (returns)
        await this.tell.employment(tx, directory, user, 'employment.rehired', { what: 'created anew', payload: body });
      return user;
    });
  }

  /** Throws `scim_invalid`, `scim_conflict`, `scim_resource_not_found`, `scim_version_mismatch`. */
  replace(directory: Directory, id: string, body: unknown, ifMatch?: string): Promise<StoredUser> {
    const resource = readResource(USER, body);
    return this.change(directory, id, body, ({ active }) => ({ active, ...resource }), ifMatch);
  }

  /** Throws the same. */
  patch(directory: Directory, id: string, body: unknown, ifMatch?: string): Promise<StoredUser> {
    const operations = readOperations(USER, body);
    return this.change(directory, id, body, ({ resource }) => patched(USER, resource, operations), ifMatch);
  }

  /** Throws `scim_resource_not_found`, `scim_version_mismatch`. */
  async remove(directory: Directory, id: string, ifMatch?: string): Promise<void> {
    await this.write(directory, async (tx) => {
      const user = await this.find(tx, directory, id);
      assertVersion(user, ifMatch);
      await this.store.deleteUser(tx, id);
      const gone = { ...user, version: await this.store.nextVersion(tx), active: false };
      this.tell.changed(tx, directory, [gone], true);
      if (user.active)
        await this.tell.employment(tx, directory, gone, 'employment.terminated', {
          what: 'deleted',
          payload: { method: 'DELETE', id },
        });
    });
  }

  private change(
    directory: Directory,
    id: string,
    payload: unknown,
    changed: (user: StoredUser) => Resource,
    ifMatch: string | undefined,
  ): Promise<StoredUser> {
    return this.write(directory, async (tx) => {
      const before = await this.find(tx, directory, id);
      assertVersion(before, ifMatch);
      const resource = changed(before);
      // What does not speak of it says neither that somebody left nor that somebody is back.
      const active = typeof resource.active === 'boolean' ? resource.active : before.active;
      if (active === before.active && sameResource(resource, before.resource)) return before;
      const after = await this.put(tx, directory, id, resource, active);
      if (before.active && !active)
        await this.tell.employment(tx, directory, after, 'employment.terminated', { what: 'deactivated', payload });
      if (!before.active && active)
        await this.tell.employment(tx, directory, after, 'employment.rehired', { what: 'reactivated', payload });
      return after;
    });
  }

  private async put(
    tx: Tx,
    directory: Directory,
    id: string,
    resource: Resource,
    active: boolean,
  ): Promise<StoredUser> {
    const userName = nameOf('userName', resource.userName);
    if (await this.store.userNameTaken(tx, directory.source, userName, id))
      throw new Problem('scim_conflict', `Another user is called ${userName}`);
    if (resource.externalId !== undefined) nameOf('externalId', resource.externalId);
    const version = await this.store.nextVersion(tx);
    await this.store.putUser(tx, directory.source, { id, userName, active, resource, version });
    const user = await this.find(tx, directory, id);
    this.tell.changed(tx, directory, [user]);
    return user;
  }

  private async find(tx: Tx, { source }: Directory, id: string): Promise<StoredUser> {
    const user = await this.store.user(tx, source, id);
    if (!user) throw new Problem('scim_resource_not_found');
    return user;
  }

  private write<T>(directory: Directory, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.unitOfWork.run(directory.tenant, work, directoryLocks(directory));
  }
}

/** The order of members is nobody's affair, and the database keeps another. */
export const sameResource = (a: Resource, b: Resource): boolean => isDeepStrictEqual(sorted(a), sorted(b));

const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : isObject(value)
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, inner]) => [name, sorted(inner)]),
        )
      : value;
