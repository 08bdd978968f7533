import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SignInHistory1764800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'policy');
    await runner.query(`
      -- What each version changed, with what was before: an earlier version is what is there without those after it.
      CREATE TABLE sign_in_versions (
        tenant text NOT NULL,
        -- A sign-in policy's id, or 'protection'.
        policy text NOT NULL,
        version integer NOT NULL,
        change text NOT NULL,
        changes json NOT NULL,
        reason text,
        actor text NOT NULL,
        saved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        seq bigint GENERATED ALWAYS AS IDENTITY,
        PRIMARY KEY (tenant, policy, version)
      );
      CREATE INDEX sign_in_versions_seq ON sign_in_versions (tenant, seq);
      ${tenantTable(roles, 'sign_in_versions', undefined, 'SELECT, INSERT')}

      -- Where a rule stands among those of its priority: where it first stood, also when it was away for a while.
      CREATE TABLE sign_in_rule_places (
        tenant text NOT NULL,
        policy_id text NOT NULL,
        rule_id text NOT NULL,
        made_at timestamptz NOT NULL,
        PRIMARY KEY (tenant, policy_id, rule_id)
      );
      ALTER TABLE sign_in_rules NO FORCE ROW LEVEL SECURITY;
      INSERT INTO sign_in_rule_places SELECT tenant, policy_id, rule_id, created_at FROM sign_in_rules;
      ALTER TABLE sign_in_rules FORCE ROW LEVEL SECURITY;
      ${tenantTable(roles, 'sign_in_rule_places', undefined, 'SELECT, INSERT, UPDATE')}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sign_in_rule_places, sign_in_versions');
  }
}
