import { messagingTables, rolesFor, tenantTable } from '@curfew/messaging';
import { knownKeysTable } from '@curfew/runtime';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Init1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'signals');
    await runner.query(`
      ${messagingTables(roles)}
      ${knownKeysTable(roles)}

      CREATE TABLE signals (
        tenant text NOT NULL,
        signal_id uuid NOT NULL,
        source text NOT NULL,
        event_id text NOT NULL,
        content_hash text NOT NULL,
        type text NOT NULL,
        -- The identifiers as the source gave them; the first is the key its events are ordered by.
        subject json,
        device json,
        occurred_at timestamptz NOT NULL,
        sequence bigint,
        effective_at timestamptz NOT NULL,
        reason text,
        actor text NOT NULL,
        received_at timestamptz NOT NULL,
        -- 'scheduled' until its effective_at, then 'received'; 'rescinded' when the source took it back.
        state text NOT NULL,
        rescinded_at timestamptz,
        -- What came of it, from the other services' facts; never goes back.
        progress text NOT NULL DEFAULT 'waiting',
        revocation_id text,
        outcome json,
        PRIMARY KEY (tenant, signal_id),
        UNIQUE (tenant, source, event_id)
      );
      CREATE INDEX signals_due ON signals (effective_at) WHERE state = 'scheduled';
      ${tenantTable(roles, 'signals', 'SELECT')}
    `);
  }

  async down(): Promise<void> {
    throw new Error('The first migration has no way back');
  }
}
