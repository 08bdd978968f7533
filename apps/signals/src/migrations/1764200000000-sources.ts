import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may send webhooks. */
export class Sources1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'signals');
    await runner.query(`
      CREATE TABLE sources (
        tenant text NOT NULL,
        -- A part of an address that is asked without a tenant: no two tenants have the same.
        source_id text NOT NULL PRIMARY KEY,
        name text NOT NULL,
        mapping text NOT NULL,
        enabled boolean NOT NULL,
        -- Sealed with the master key, which is not in the database.
        secret_sealed text NOT NULL,
        previous_sealed text,
        -- The secret before is taken until here.
        previous_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        UNIQUE (tenant, name)
      );
      -- Whose a source is, is asked before the tenant is known; nothing else of it is.
      ${tenantTable(roles, 'sources', 'SELECT (tenant, source_id)')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sources');
  }
}
