import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What directories have provisioned by SCIM. */
export class Scim1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'signals');
    await runner.query(`
      -- Orders what a directory says of one person, and is the ETag of a resource.
      CREATE SEQUENCE scim_versions;
      GRANT USAGE ON SEQUENCE scim_versions TO "${roles.app}";

      CREATE TABLE scim_users (
        tenant text NOT NULL,
        source text NOT NULL,
        id uuid NOT NULL,
        user_name text NOT NULL,
        -- As it is compared: without regard to case.
        user_name_key text NOT NULL,
        external_id text,
        active boolean NOT NULL,
        resource jsonb NOT NULL,
        version bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
        updated_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
        deleted_at timestamptz,
        PRIMARY KEY (tenant, id)
      );
      CREATE UNIQUE INDEX scim_users_name ON scim_users (tenant, source, user_name_key) WHERE deleted_at IS NULL;
      CREATE INDEX scim_users_deleted ON scim_users (tenant, source, user_name_key) WHERE deleted_at IS NOT NULL;
      CREATE INDEX scim_users_external ON scim_users (tenant, source, external_id) WHERE deleted_at IS NULL;
      CREATE INDEX scim_users_order ON scim_users (tenant, source, id) WHERE deleted_at IS NULL;
      ${tenantTable(roles, 'scim_users')}

      CREATE TABLE scim_groups (
        tenant text NOT NULL,
        source text NOT NULL,
        id uuid NOT NULL,
        display_name text NOT NULL,
        external_id text,
        resource jsonb NOT NULL,
        version bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
        updated_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
        PRIMARY KEY (tenant, id)
      );
      CREATE INDEX scim_groups_name ON scim_groups (tenant, source, lower(display_name));
      CREATE INDEX scim_groups_order ON scim_groups (tenant, source, id);
      ${tenantTable(roles, 'scim_groups')}

      CREATE TABLE scim_members (
        tenant text NOT NULL,
        group_id uuid NOT NULL,
        user_id uuid NOT NULL,
        PRIMARY KEY (tenant, group_id, user_id)
      );
      CREATE INDEX scim_members_user ON scim_members (tenant, user_id);
      ${tenantTable(roles, 'scim_members')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE scim_members, scim_groups, scim_users; DROP SEQUENCE scim_versions');
  }
}
