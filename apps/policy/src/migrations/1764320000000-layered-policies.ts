import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Besides the default there are overrides; each policy has versions of its own. `session_policies` and
 * `session_policies_applied` hold what was there before and are dropped a release later.
 */
export class LayeredPolicies1764320000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'policy');
    await runner.query(`
      -- Every version is kept; the one with the highest number is in force. No document: an override that was taken away.
      CREATE TABLE policy_versions (
        tenant text NOT NULL,
        policy text NOT NULL,
        version integer NOT NULL,
        document json,
        changes json NOT NULL,
        reason text,
        actor text NOT NULL,
        saved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        -- The order of the history of all of them.
        seq bigint GENERATED ALWAYS AS IDENTITY,
        PRIMARY KEY (tenant, policy, version)
      );
      CREATE INDEX policy_versions_seq ON policy_versions (tenant, seq);

      -- Which version the registry judges by.
      CREATE TABLE policies_applied (
        tenant text NOT NULL,
        policy text NOT NULL,
        version integer NOT NULL,
        PRIMARY KEY (tenant, policy)
      );

      -- What the registry says of each enforcement; without counts it is under way.
      CREATE TABLE enforcements (
        tenant text NOT NULL,
        enforcement_id uuid NOT NULL,
        policy text NOT NULL,
        version integer NOT NULL,
        requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        finished_at timestamptz,
        counts json,
        PRIMARY KEY (tenant, enforcement_id)
      );

      -- What there is that a policy can be for, besides people and groups: regions, clearances, data classes, applications.
      CREATE TABLE known_values (
        tenant text NOT NULL,
        kind text NOT NULL,
        id text NOT NULL,
        PRIMARY KEY (tenant, kind, id)
      );

      ALTER TABLE session_policies NO FORCE ROW LEVEL SECURITY;
      ALTER TABLE session_policies_applied NO FORCE ROW LEVEL SECURITY;
      INSERT INTO policy_versions (tenant, policy, version, document, changes, actor, saved_at)
        SELECT tenant, 'default', version, document, '[]', actor, saved_at FROM session_policies ORDER BY saved_at;
      INSERT INTO policies_applied SELECT tenant, 'default', version FROM session_policies_applied;
      ALTER TABLE session_policies FORCE ROW LEVEL SECURITY;
      ALTER TABLE session_policies_applied FORCE ROW LEVEL SECURITY;

      ${tenantTable(roles, 'policy_versions', undefined, 'SELECT, INSERT')}
      ${tenantTable(roles, 'policies_applied')}
      ${tenantTable(roles, 'enforcements')}
      ${tenantTable(roles, 'known_values')}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE policy_versions, policies_applied, enforcements, known_values');
  }
}
