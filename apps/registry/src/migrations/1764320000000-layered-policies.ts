import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Overrides beside the default policy, and what a save does to live sessions. `session_policies` is dropped a release later. */
export class LayeredPolicies1764320000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'registry');
    await runner.query(`
      CREATE TABLE policy_layers (
        tenant text NOT NULL,
        layer text NOT NULL,
        -- Of the tenant's default: empty.
        target_id text NOT NULL,
        version integer NOT NULL,
        -- Null: an override that was taken away.
        document json,
        expires_at timestamptz,
        PRIMARY KEY (tenant, layer, target_id)
      );
      CREATE INDEX policy_layers_expiring ON policy_layers (expires_at) WHERE expires_at IS NOT NULL;
      ALTER TABLE session_policies NO FORCE ROW LEVEL SECURITY;
      INSERT INTO policy_layers SELECT tenant, 'tenant', '', version, document FROM session_policies;
      ALTER TABLE session_policies FORCE ROW LEVEL SECURITY;
      ${tenantTable(roles, 'policy_layers', 'SELECT')}

      CREATE TABLE enforcements (
        tenant text NOT NULL,
        enforcement_id uuid NOT NULL,
        layer text NOT NULL,
        target_id text NOT NULL,
        version integer NOT NULL,
        trigger text NOT NULL,
        fields text[] NOT NULL,
        mode text NOT NULL,
        actor text NOT NULL,
        correlation_id text NOT NULL,
        causation_id text,
        -- Sessions opened under a higher one were judged by the new policy when they were.
        epoch bigint NOT NULL,
        -- People are taken in the order of their ids: the last who was.
        after_subject text NOT NULL DEFAULT '',
        counts json NOT NULL,
        started_at timestamptz NOT NULL,
        finished_at timestamptz,
        PRIMARY KEY (tenant, enforcement_id)
      );
      CREATE INDEX enforcements_running ON enforcements (epoch) WHERE finished_at IS NULL;
      ${tenantTable(roles, 'enforcements', 'SELECT')}

      -- When the authentication is too old: until it is repeated the session does not go on. Null: never.
      ALTER TABLE sessions ADD COLUMN reauth_at timestamptz;
      -- What the index read of a session under a lower epoch may have changed since: it is to ask again.
      ALTER TABLE barriers ADD COLUMN reread_before bigint NOT NULL DEFAULT 0;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE policy_layers, enforcements;
      ALTER TABLE sessions DROP COLUMN reauth_at;
      ALTER TABLE barriers DROP COLUMN reread_before`);
  }
}
