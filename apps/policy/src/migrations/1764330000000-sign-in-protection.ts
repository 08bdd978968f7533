import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SignInProtection1764330000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'policy');
    await runner.query(`
      CREATE TABLE sign_in_protection (tenant text PRIMARY KEY, version integer NOT NULL, document json NOT NULL);
      ${tenantTable(roles, 'sign_in_protection', undefined, 'SELECT, INSERT, UPDATE')}

      CREATE TABLE sign_in_failures (
        tenant text NOT NULL,
        scope text NOT NULL,
        name text NOT NULL,
        -- The newest first.
        failed_at timestamptz[] NOT NULL DEFAULT '{}',
        locked_until timestamptz,
        forget_at timestamptz NOT NULL,
        PRIMARY KEY (tenant, scope, name)
      );
      CREATE INDEX sign_in_failures_forget ON sign_in_failures (forget_at);
      ${tenantTable(roles, 'sign_in_failures', 'SELECT, DELETE')}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sign_in_failures, sign_in_protection');
  }
}
