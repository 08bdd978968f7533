import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The rule that a tenant's default policy has from the start. */
const EVERYONE = JSON.stringify({
  ...{ ruleId: 'everyone', name: 'Everyone', priority: 100 },
  conditions: { matchAllUsers: true, groups: [], subjects: [] },
  ...{ action: 'ALLOW', profile: 'default', mfa: null },
  session: { absoluteSeconds: 28_800, idleSeconds: 3_600, cap: 3, persistent: false, auditLevel: 'DETAILED' },
});

export class SignInPolicies1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'policy');
    await runner.query(`
      CREATE TABLE sign_in_profiles (
        tenant text NOT NULL,
        name text NOT NULL,
        kind text NOT NULL,
        PRIMARY KEY (tenant, name)
      );

      CREATE TABLE sign_in_policies (
        tenant text NOT NULL,
        -- A UUIDv7, so older is less; or 'default', which is greater than all of them.
        policy_id text NOT NULL,
        version integer NOT NULL,
        name text NOT NULL,
        description text,
        priority integer NOT NULL,
        status text NOT NULL,
        subjects text[] NOT NULL,
        groups text[] NOT NULL,
        -- Sorts as the policies are asked: a page of the list ends at one of these.
        place text COLLATE "C" GENERATED ALWAYS AS (lpad((1000 - priority)::text, 4, '0') || ' ' || policy_id) STORED,
        PRIMARY KEY (tenant, policy_id)
      );
      CREATE INDEX sign_in_policies_place ON sign_in_policies (tenant, place);

      -- Its owner is held to the wall as well, and no tenant is set here.
      ALTER TABLE tenants NO FORCE ROW LEVEL SECURITY;
      INSERT INTO sign_in_policies (tenant, policy_id, version, name, priority, status, subjects, groups)
        SELECT tenant, 'default', 1, 'Default Sign-In Policy', 1, 'active', '{}', '{}' FROM tenants;
      INSERT INTO sign_in_profiles (tenant, name, kind) SELECT tenant, 'default', 'federated' FROM tenants;
      ${tenantTable(roles, 'sign_in_profiles', undefined, 'SELECT, INSERT, DELETE')}
      ${tenantTable(roles, 'sign_in_policies')}

      CREATE TABLE sign_in_rules (
        tenant text NOT NULL,
        policy_id text NOT NULL,
        rule_id text NOT NULL,
        profile text,
        mfa text,
        -- How many people, groups and addresses it names.
        names integer NOT NULL,
        document json NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, policy_id, rule_id)
      );
      CREATE INDEX sign_in_rules_profile ON sign_in_rules (tenant, profile);
      CREATE INDEX sign_in_rules_mfa ON sign_in_rules (tenant, mfa);
      INSERT INTO sign_in_rules (tenant, policy_id, rule_id, profile, names, document)
        SELECT tenant, 'default', 'everyone', 'default', 0, '${EVERYONE}' FROM tenants;
      ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
      ${tenantTable(roles, 'sign_in_rules')}

      -- Counts a tenant's changes: whoever holds policies in memory sees here whether they are still those.
      CREATE TABLE sign_in_revisions (tenant text PRIMARY KEY, revision integer NOT NULL);
      ${tenantTable(roles, 'sign_in_revisions', undefined, 'SELECT, INSERT, UPDATE')}

      CREATE TABLE people (tenant text NOT NULL, subject_id text NOT NULL, groups text[] NOT NULL, PRIMARY KEY (tenant, subject_id));
      ${tenantTable(roles, 'people', undefined, 'SELECT, INSERT, UPDATE')}

      CREATE TABLE known_groups (tenant text NOT NULL, group_id text NOT NULL, PRIMARY KEY (tenant, group_id));
      ${tenantTable(roles, 'known_groups', undefined, 'SELECT, INSERT')}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE known_groups, people, sign_in_revisions, sign_in_rules, sign_in_policies, sign_in_profiles',
    );
  }
}
