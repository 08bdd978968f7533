import { messagingTables, rolesFor, tenantTable } from '@curfew/messaging';
import { knownKeysTable } from '@curfew/runtime';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Init1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'policy');
    await runner.query(`
      ${messagingTables(roles)}
      ${knownKeysTable(roles)}

      CREATE TABLE tenants (
        tenant text PRIMARY KEY,
        name text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      ${tenantTable(roles, 'tenants', 'SELECT')}

      -- The key itself is never stored, only what it hashes to.
      CREATE TABLE api_keys (
        tenant text NOT NULL,
        key_id text NOT NULL,
        hash text NOT NULL UNIQUE,
        name text NOT NULL,
        roles text[] NOT NULL,
        scopes text[],
        client_id text,
        source text,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz,
        revoked_at timestamptz,
        PRIMARY KEY (tenant, key_id)
      );
      ${tenantTable(roles, 'api_keys')}

      -- Every version is kept; the one with the highest number is in force.
      CREATE TABLE session_policies (
        tenant text NOT NULL,
        version integer NOT NULL,
        document json NOT NULL,
        actor text NOT NULL,
        saved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, version)
      );
      ${tenantTable(roles, 'session_policies', undefined, 'SELECT, INSERT')}

      CREATE TABLE session_policies_applied (tenant text PRIMARY KEY, version integer NOT NULL);
      ${tenantTable(roles, 'session_policies_applied')}

      CREATE TABLE reactions (
        tenant text NOT NULL,
        version integer NOT NULL,
        document json NOT NULL,
        actor text NOT NULL,
        saved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, version)
      );
      ${tenantTable(roles, 'reactions', undefined, 'SELECT, INSERT')}

      -- What the audit service signed, kept by another service than the one that signed it.
      CREATE TABLE audit_heads (
        tenant text NOT NULL,
        seq bigint NOT NULL,
        hash text NOT NULL,
        signed_at timestamptz NOT NULL,
        jws text NOT NULL,
        PRIMARY KEY (tenant, seq)
      );
      ${tenantTable(roles, 'audit_heads', undefined, 'SELECT, INSERT')}
    `);
  }

  async down(): Promise<void> {
    throw new Error('The first migration has no way back');
  }
}
