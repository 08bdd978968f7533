import { Problem } from '@curfew/contracts';
import { problemOf, scimErrorOf } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { MOST_BULK_OPERATIONS } from './discovery.js';
import { show, type Shown } from './find-resources.js';
import { ProvisionGroups } from './provision-groups.js';
import { ProvisionUsers } from './provision-users.js';
import { isObject, objectOf, type Resource } from './read-resource.js';
import { scimInvalid } from './scim-problem.js';
import { GROUP, USER } from './scim-schema.js';
import { etagOf } from './scim-view.js';
import type { Directory } from './tell-directory.js';

const BULK_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'];

interface BulkOperation {
  readonly method: string;
  readonly path: string;
  readonly bulkId?: string;
  readonly version?: string;
  readonly data?: unknown;
}

/** Each operation is a transaction of its own, in the order they stand in; what was made before may be named by its bulkId. */
@Injectable()
export class Bulk {
  constructor(
    private readonly users: ProvisionUsers,
    private readonly groups: ProvisionGroups,
  ) {}

  /** RFC 7644 §3.7. Throws `scim_invalid`. */
  async execute(directory: Directory, base: string, body: unknown): Promise<Resource> {
    const { failOnErrors, Operations: given } = objectOf(body, 'The request');
    if (!Array.isArray(given)) throw scimInvalid('invalidSyntax', 'Operations must be a list');
    if (given.length > MOST_BULK_OPERATIONS)
      throw new Problem('body_too_large', `At most ${MOST_BULK_OPERATIONS} operations at once`);
    const operations = given.map(readBulkOperation);
    const most = typeof failOnErrors === 'number' && failOnErrors > 0 ? failOnErrors : Infinity;
    const made = new Map<string, string>();
    const done: Resource[] = [];
    let failures = 0;
    for (const operation of operations) {
      if (failures >= most) break;
      const { method, bulkId } = operation;
      const told = { method, ...(bulkId === undefined ? {} : { bulkId }) };
      try {
        const shown = await this.one(directory, base, resolved(operation, made));
        const location = (shown?.resource.meta as { location: string } | undefined)?.location;
        if (bulkId !== undefined && shown) made.set(bulkId, String(shown.resource.id));
        done.push({
          ...told,
          location: location ?? `${base}${resolved(operation, made).path}`,
          ...(shown ? { version: etagOf(shown) } : {}),
          status: method === 'POST' ? '201' : shown ? '200' : '204',
        });
      } catch (error) {
        const problem = problemOf(error);
        if (problem.status >= 500) throw error;
        failures++;
        done.push({
          ...told,
          ...(method === 'POST' ? {} : { location: `${base}${operation.path}` }),
          status: String(problem.status),
          response: scimErrorOf(problem),
        });
      }
    }
    return { schemas: [BULK_RESPONSE], Operations: done };
  }

  private async one(directory: Directory, base: string, operation: BulkOperation): Promise<Shown | undefined> {
    const { method, path, data, version } = operation;
    const [, endpoint, id] = /^\/(Users|Groups)(?:\/([^/]+))?$/.exec(path) ?? [];
    if (endpoint === undefined || (id === undefined) !== (method === 'POST'))
      throw scimInvalid('invalidPath', `${method} ${path.slice(0, 100)} is no operation`);
    if (endpoint === 'Users') {
      if (method === 'DELETE') return void (await this.users.remove(directory, id!, version));
      const user =
        method === 'POST'
          ? await this.users.create(directory, data)
          : method === 'PUT'
            ? await this.users.replace(directory, id!, data, version)
            : await this.users.patch(directory, id!, data, version);
      return show(USER, user, base, {});
    }
    if (method === 'DELETE') return void (await this.groups.remove(directory, id!, version));
    const group =
      method === 'POST'
        ? await this.groups.create(directory, data)
        : method === 'PUT'
          ? await this.groups.replace(directory, id!, data, version)
          : await this.groups.patch(directory, id!, data, { ifMatch: version, members: false });
    return show(GROUP, group, base, {});
  }
}

function readBulkOperation(given: unknown): BulkOperation {
  const { method, path, bulkId, version, data } = objectOf(given, 'An operation');
  const name = typeof method === 'string' ? method.toUpperCase() : '';
  if (!METHODS.includes(name) || typeof path !== 'string')
    throw scimInvalid('invalidSyntax', 'An operation has a method and a path');
  return {
    method: name,
    path,
    ...(typeof bulkId === 'string' ? { bulkId } : {}),
    ...(typeof version === 'string' ? { version } : {}),
    data,
  };
}

/** `bulkId:one` stands for the id of what the operation of that bulkId made. Throws `scim_invalid`. */
function resolved(operation: BulkOperation, made: ReadonlyMap<string, string>): BulkOperation {
  const idOf = (bulkId: string): string => {
    const id = made.get(bulkId);
    if (id === undefined) throw scimInvalid('invalidValue', `Nothing was made before as ${bulkId.slice(0, 100)}`);
    return id;
  };
  const within = (value: unknown): unknown => {
    if (typeof value === 'string') return value.startsWith('bulkId:') ? idOf(value.slice('bulkId:'.length)) : value;
    if (Array.isArray(value)) return value.map(within);
    return isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, within(inner)]))
      : value;
  };
  return {
    ...operation,
    path: operation.path.replace(/bulkId:([^/]+)/, (_, bulkId: string) => idOf(bulkId)),
    data: within(operation.data),
  };
}
