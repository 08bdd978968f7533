import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What signals were read from, and whom they were found to mean. */
export class Payloads1764400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'signals');
    await runner.query(`
      ALTER TABLE signals
        -- Null: it came as it is.
        ADD COLUMN mapping text,
        ADD COLUMN payload_id uuid,
        ADD COLUMN match json;

      CREATE TABLE payloads (
        tenant text NOT NULL,
        payload_id uuid NOT NULL,
        -- Without its secrets.
        payload json NOT NULL,
        received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, payload_id)
      );
      ${tenantTable(roles, 'payloads')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE payloads;
      ALTER TABLE signals DROP COLUMN mapping, DROP COLUMN payload_id, DROP COLUMN match`);
  }
}
