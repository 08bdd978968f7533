import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Administrators1764820000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'policy');
    await runner.query(`
      ALTER TABLE api_keys ADD COLUMN person json;

      -- Secrets are sealed: they open only with the master key.
      CREATE TABLE administrator_sign_in (
        tenant text PRIMARY KEY,
        version integer NOT NULL,
        document json NOT NULL,
        client_secret text NOT NULL,
        application_key_id text NOT NULL,
        application_key text NOT NULL
      );
      ${tenantTable(roles, 'administrator_sign_in')}

      CREATE TABLE administrator_sign_ins (
        tenant text NOT NULL,
        key_id text NOT NULL,
        subject text NOT NULL,
        provider_sub text NOT NULL,
        provider_sid text,
        id_token text NOT NULL,
        session_id text NOT NULL,
        sid text NOT NULL,
        signed_in_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended_at timestamptz,
        PRIMARY KEY (tenant, key_id)
      );
      CREATE INDEX administrator_sign_ins_live ON administrator_sign_ins (tenant, provider_sub) WHERE ended_at IS NULL;
      ${tenantTable(roles, 'administrator_sign_ins')}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE administrator_sign_ins, administrator_sign_in;
      ALTER TABLE api_keys DROP COLUMN person;`);
  }
}
