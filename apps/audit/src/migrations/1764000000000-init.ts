import { signingKeysTable } from '@curfew/keys';
import { messagingTables, rolesFor, tenantTable } from '@curfew/messaging';
import { knownKeysTable } from '@curfew/runtime';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Init1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'audit');
    await runner.query(`
      ${messagingTables(roles)}
      ${knownKeysTable(roles)}
      ${signingKeysTable(roles)}

      -- Each entry holds the hash of the one before. The service can add entries, and neither change nor remove one.
      CREATE TABLE entries (
        tenant text NOT NULL,
        seq bigint NOT NULL,
        event_id text NOT NULL,
        type text NOT NULL,
        source text NOT NULL,
        subject text NOT NULL,
        occurred_at text NOT NULL,
        actor text NOT NULL,
        correlation_id text NOT NULL,
        causation_id text,
        -- json, not jsonb: kept to the letter, since it is hashed.
        data json NOT NULL,
        hash text NOT NULL,
        appended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, seq),
        UNIQUE (tenant, event_id)
      );
      CREATE INDEX entries_type ON entries (tenant, type, seq);
      CREATE INDEX entries_actor ON entries (tenant, actor, seq);
      CREATE INDEX entries_subject ON entries (tenant, subject, seq);
      CREATE INDEX entries_correlation ON entries (tenant, correlation_id, seq);
      ${tenantTable(roles, 'entries', undefined, 'SELECT, INSERT')}

      CREATE TABLE chains (tenant text PRIMARY KEY, seq bigint NOT NULL, hash text NOT NULL, signed_seq bigint NOT NULL DEFAULT 0);
      ${tenantTable(roles, 'chains', 'SELECT')}

      CREATE TABLE heads (
        tenant text NOT NULL,
        seq bigint NOT NULL,
        hash text NOT NULL,
        signed_at timestamptz NOT NULL,
        kid text NOT NULL,
        jws text NOT NULL,
        PRIMARY KEY (tenant, seq)
      );
      ${tenantTable(roles, 'heads', undefined, 'SELECT, INSERT')}

      -- What the witness answered a verification.
      CREATE TABLE witness_answers (
        tenant text NOT NULL,
        verification_id uuid NOT NULL,
        heads json NOT NULL,
        answered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, verification_id)
      );
      ${tenantTable(roles, 'witness_answers')}
    `);
  }

  async down(): Promise<void> {
    throw new Error('The first migration has no way back');
  }
}
