import type { Tx } from '@curfew/messaging';
import { isUuid } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { Query } from './filter.js';
import type { Resource } from './read-resource.js';

interface Stored {
  readonly id: string;
  /** Without what is made when it is shown: id, meta, groups, members. */
  readonly resource: Resource;
  readonly version: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface StoredUser extends Stored {
  readonly userName: string;
  readonly active: boolean;
  readonly groups: readonly { readonly id: string; readonly displayName: string }[];
}

export interface StoredGroup extends Stored {
  readonly displayName: string;
  /** Empty where nobody asked. */
  readonly members: readonly string[];
}

export interface Page<T> {
  readonly total: number;
  readonly items: readonly T[];
}

const USER = `
  SELECT u.id, u.user_name AS "userName", u.active, u.resource, u.version, u.created_at AS "createdAt", u.updated_at AS "updatedAt",
    (SELECT coalesce(json_agg(json_build_object('id', g.id, 'displayName', g.display_name) ORDER BY g.display_name, g.id), '[]')
     FROM scim_members m JOIN scim_groups g ON g.tenant = m.tenant AND g.id = m.group_id
     WHERE m.tenant = u.tenant AND m.user_id = u.id) AS groups
  FROM scim_users u`;

const MEMBERS = `
  ARRAY(SELECT m.user_id::text FROM scim_members m WHERE m.tenant = g.tenant AND m.group_id = g.id ORDER BY m.user_id)`;

const GROUP = (members: boolean): string => `
  SELECT g.id, g.display_name AS "displayName", g.resource, g.version, g.created_at AS "createdAt", g.updated_at AS "updatedAt",
    ${members ? MEMBERS : `'{}'::text[]`} AS members
  FROM scim_groups g`;

/** As `Date.toISOString` writes it: instants are compared as text. */
const iso = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** A resource as a filter sees it. */
const document = (row: string, more: string): string => `
  ${row}.resource || jsonb_build_object('id', ${row}.id, 'meta', jsonb_build_object(
    'created', ${iso(`${row}.created_at`)}, 'lastModified', ${iso(`${row}.updated_at`)}))${more}`;

/** A text of its own for each case: of one that asks `$3 IS NULL OR …` no plan is good for both. */
const given = (column: string, at: number, value: string | undefined): string =>
  value === undefined ? `$${at}::text IS NULL` : `${column} = $${at}`;

/** What a source has provisioned by SCIM. Whoever writes holds the source's lock. */
@Injectable()
export class ScimStore {
  /** Each change has one of its own, greater than those before. */
  async nextVersion(tx: Tx): Promise<string> {
    const [row] = await tx.sql<{ version: string }>(`SELECT nextval('scim_versions') AS version`);
    return row!.version;
  }

  async user(tx: Tx, source: string, id: string): Promise<StoredUser | undefined> {
    return (await this.users(tx, source, [id]))[0];
  }

  /** Those of the ids that are users of the source; a deleted one is none. */
  async users(tx: Tx, source: string, ids: readonly string[]): Promise<StoredUser[]> {
    return tx.sql<StoredUser & Record<string, unknown>>(
      `${USER} WHERE u.tenant = $1 AND u.source = $2 AND u.id = ANY($3::uuid[]) AND u.deleted_at IS NULL ORDER BY u.id`,
      [tx.tenant, source, ids.filter(isUuid)],
    );
  }

  async userNameTaken(tx: Tx, source: string, userName: string, by: string): Promise<boolean> {
    const rows = await tx.sql(
      `SELECT 1 FROM scim_users WHERE tenant = $1 AND source = $2 AND user_name_key = $3 AND id <> $4::uuid AND deleted_at IS NULL`,
      [tx.tenant, source, userName.toLowerCase(), by],
    );
    return rows.length > 0;
  }

  /** Somebody of that name was deleted before. */
  async wasDeleted(tx: Tx, source: string, userName: string): Promise<boolean> {
    const rows = await tx.sql(
      `SELECT 1 FROM scim_users WHERE tenant = $1 AND source = $2 AND user_name_key = $3 AND deleted_at IS NOT NULL LIMIT 1`,
      [tx.tenant, source, userName.toLowerCase()],
    );
    return rows.length > 0;
  }

  async putUser(
    tx: Tx,
    source: string,
    {
      id,
      userName,
      active,
      resource,
      version,
    }: Pick<StoredUser, 'id' | 'userName' | 'active' | 'resource' | 'version'>,
  ): Promise<void> {
    await tx.sql(
      `INSERT INTO scim_users (tenant, source, id, user_name, user_name_key, external_id, active, resource, version)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (tenant, id) DO UPDATE SET user_name = excluded.user_name, user_name_key = excluded.user_name_key,
         external_id = excluded.external_id, active = excluded.active, resource = excluded.resource,
         version = excluded.version, updated_at = excluded.updated_at`,
      [
        tx.tenant,
        source,
        id,
        userName,
        userName.toLowerCase(),
        resource.externalId ?? null,
        active,
        JSON.stringify(resource),
        version,
      ],
    );
  }

  /** It is kept as one that was: who comes again under its name is let in again. */
  async deleteUser(tx: Tx, id: string): Promise<void> {
    await tx.sql('DELETE FROM scim_members WHERE tenant = $1 AND user_id = $2', [tx.tenant, id]);
    await tx.sql(
      `UPDATE scim_users SET deleted_at = curfew_now(), active = false, resource = '{}' WHERE tenant = $1 AND id = $2`,
      [tx.tenant, id],
    );
  }

  async listUsers(tx: Tx, source: string, query: Query | undefined, start: number, count: number) {
    const where = `u.tenant = $1 AND u.source = $2 AND u.deleted_at IS NULL
      AND ${given('u.user_name_key', 3, query?.userName)} AND ${given('u.external_id', 4, query?.externalId)}
      AND ${query ? `(${document('u', '')}) @? $5::jsonpath` : '$5::jsonpath IS NULL'}`;
    const values = [
      tx.tenant,
      source,
      query?.userName?.toLowerCase() ?? null,
      query?.externalId ?? null,
      query?.jsonPath ?? null,
    ];
    return this.page<StoredUser>(tx, 'scim_users u', USER, where, 'u.id', values, start, count);
  }

  async group(tx: Tx, source: string, id: string, members: boolean): Promise<StoredGroup | undefined> {
    if (!isUuid(id)) return undefined;
    const [row] = await tx.sql<StoredGroup & Record<string, unknown>>(
      `${GROUP(members)} WHERE g.tenant = $1 AND g.source = $2 AND g.id = $3`,
      [tx.tenant, source, id],
    );
    return row;
  }

  async putGroup(
    tx: Tx,
    source: string,
    { id, displayName, resource, version }: Pick<StoredGroup, 'id' | 'displayName' | 'resource' | 'version'>,
  ): Promise<void> {
    await tx.sql(
      `INSERT INTO scim_groups (tenant, source, id, display_name, external_id, resource, version)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (tenant, id) DO UPDATE SET display_name = excluded.display_name, external_id = excluded.external_id,
         resource = excluded.resource, version = excluded.version, updated_at = excluded.updated_at`,
      [tx.tenant, source, id, displayName, resource.externalId ?? null, JSON.stringify(resource), version],
    );
  }

  async deleteGroup(tx: Tx, id: string): Promise<void> {
    await tx.sql('DELETE FROM scim_members WHERE tenant = $1 AND group_id = $2', [tx.tenant, id]);
    await tx.sql('DELETE FROM scim_groups WHERE tenant = $1 AND id = $2', [tx.tenant, id]);
  }

  async memberIds(tx: Tx, groupId: string): Promise<string[]> {
    const rows = await tx.sql<{ user_id: string }>(
      'SELECT user_id FROM scim_members WHERE tenant = $1 AND group_id = $2',
      [tx.tenant, groupId],
    );
    return rows.map((row) => row.user_id);
  }

  /** Those who were not in it before. */
  async addMembers(tx: Tx, groupId: string, userIds: readonly string[]): Promise<string[]> {
    const rows = await tx.sql<{ user_id: string }>(
      `INSERT INTO scim_members (tenant, group_id, user_id) SELECT $1, $2, unnest($3::uuid[])
       ON CONFLICT DO NOTHING RETURNING user_id`,
      [tx.tenant, groupId, userIds],
    );
    return rows.map((row) => row.user_id);
  }

  /** Those who were in it. */
  async removeMembers(tx: Tx, groupId: string, userIds: readonly string[]): Promise<string[]> {
    const rows = await tx.sql<{ user_id: string }>(
      'DELETE FROM scim_members WHERE tenant = $1 AND group_id = $2 AND user_id = ANY($3::uuid[]) RETURNING user_id',
      [tx.tenant, groupId, userIds.filter(isUuid)],
    );
    return rows.map((row) => row.user_id);
  }

  async listGroups(tx: Tx, source: string, query: Query | undefined, start: number, count: number, members: boolean) {
    const filtered = query?.mentionsMembers
      ? ` || jsonb_build_object('members', (SELECT coalesce(jsonb_agg(jsonb_build_object('value', m.user_id)), '[]')
           FROM scim_members m WHERE m.tenant = g.tenant AND m.group_id = g.id))`
      : '';
    const where = `g.tenant = $1 AND g.source = $2
      AND ${given('lower(g.display_name)', 3, query?.displayName)} AND ${given('g.external_id', 4, query?.externalId)}
      AND ${query ? `(${document('g', filtered)}) @? $5::jsonpath` : '$5::jsonpath IS NULL'}`;
    const values = [
      tx.tenant,
      source,
      query?.displayName?.toLowerCase() ?? null,
      query?.externalId ?? null,
      query?.jsonPath ?? null,
    ];
    return this.page<StoredGroup>(tx, 'scim_groups g', GROUP(members), where, 'g.id', values, start, count);
  }

  private async page<T extends object>(
    tx: Tx,
    from: string,
    select: string,
    where: string,
    order: string,
    values: readonly unknown[],
    start: number,
    count: number,
  ): Promise<Page<T>> {
    const [row] = await tx.sql<{ total: number }>(`SELECT count(*)::int AS total FROM ${from} WHERE ${where}`, values);
    const items =
      count === 0
        ? []
        : await tx.sql<T & Record<string, unknown>>(`${select} WHERE ${where} ORDER BY ${order} OFFSET $6 LIMIT $7`, [
            ...values,
            start - 1,
            count,
          ]);
    return { total: row!.total, items };
  }
}
