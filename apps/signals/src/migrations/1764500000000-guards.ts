import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How much a source may end without a human being asked, and what waits for one. */
export class Guards1764500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'signals');
    await runner.query(`
      CREATE TABLE guards (
        tenant text NOT NULL,
        source text NOT NULL,
        -- Null: no limit.
        most integer,
        window_seconds integer NOT NULL,
        -- Null: of every type.
        types text[],
        PRIMARY KEY (tenant, source)
      );
      ${tenantTable(roles, 'guards')}

      CREATE TABLE holds (
        tenant text NOT NULL,
        hold_id uuid NOT NULL,
        source text NOT NULL,
        most integer NOT NULL,
        window_seconds integer NOT NULL,
        -- 'open' until somebody decides; 'approving' or 'declining' until what is held has gone; 'approved', 'declined'.
        state text NOT NULL,
        opened_at timestamptz NOT NULL,
        decided_at timestamptz,
        decided_by text,
        reason text,
        PRIMARY KEY (tenant, hold_id)
      );
      CREATE UNIQUE INDEX holds_open ON holds (tenant, source) WHERE state = 'open';
      CREATE INDEX holds_decided ON holds (tenant, source, decided_at);
      CREATE INDEX holds_at_work ON holds (decided_at) WHERE state IN ('approving', 'declining');
      ${tenantTable(roles, 'holds', 'SELECT')}

      ALTER TABLE signals ADD COLUMN hold_id uuid;
      CREATE INDEX signals_held ON signals (tenant, hold_id, signal_id) WHERE state = 'held';
      CREATE INDEX signals_hold ON signals (tenant, hold_id) WHERE hold_id IS NOT NULL;
      -- What a source has lately told that ends access.
      CREATE INDEX signals_recent ON signals (tenant, source, received_at) WHERE type <> 'employment.rehired'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX signals_recent, signals_hold, signals_held;
      ALTER TABLE signals DROP COLUMN hold_id;
      DROP TABLE holds, guards`);
  }
}
