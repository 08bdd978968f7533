import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who transmits shared signals, and which of their security events were taken. */
export class Transmitters1764800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'signals');
    await runner.query(`
      CREATE TABLE transmitters (
        tenant text NOT NULL,
        -- A part of an address that is asked without a tenant: no two tenants have the same.
        transmitter_id text NOT NULL PRIMARY KEY,
        name text NOT NULL,
        issuer text NOT NULL,
        audience text[] NOT NULL,
        jwks_uri text NOT NULL,
        algorithms text[] NOT NULL,
        tolerates text[] NOT NULL,
        enabled boolean NOT NULL,
        -- Sealed with the master key, which is not in the database.
        secret_sealed text NOT NULL,
        previous_sealed text,
        -- The secret before is taken until here.
        previous_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        stream_status text,
        stream_status_reason text,
        -- Of the verification that was asked for last and has not come.
        verification_state text,
        verified_at timestamptz,
        UNIQUE (tenant, name)
      );
      -- Whose a transmitter is, is asked before the tenant is known; nothing else of it is.
      ${tenantTable(roles, 'transmitters', 'SELECT (tenant, transmitter_id)')}

      -- A token's jti counts once, for good: it has no end of its own.
      CREATE TABLE security_events (
        tenant text NOT NULL,
        transmitter_id text NOT NULL,
        jti text NOT NULL,
        content_hash text NOT NULL,
        received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, transmitter_id, jti)
      );
      ${tenantTable(roles, 'security_events')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE security_events, transmitters');
  }
}
