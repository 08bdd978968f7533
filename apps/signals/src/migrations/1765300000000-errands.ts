import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sources whose APIs are asked, and what is to be asked of them. */
export class Errands1765300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'signals');
    await runner.query(`
      ALTER TABLE sources
        ADD COLUMN kind text NOT NULL DEFAULT 'webhook',
        ADD COLUMN api_url text,
        -- How we say who we are there: sealed with the master key.
        ADD COLUMN credentials_sealed text;

      CREATE TABLE errands (
        tenant text NOT NULL,
        errand_id uuid NOT NULL PRIMARY KEY,
        source_id text NOT NULL,
        -- The webhook it is about; empty: it is asked of its own accord, again and again.
        webhook_id text NOT NULL,
        payload json,
        -- Where the last time ended.
        cursor text,
        -- What was wrong with the last answer: told once.
        fault text,
        created_at timestamptz NOT NULL DEFAULT curfew_now(),
        due_at timestamptz NOT NULL DEFAULT curfew_now(),
        failures integer NOT NULL DEFAULT 0,
        holder uuid,
        held_until timestamptz,
        UNIQUE (tenant, source_id, webhook_id)
      );
      CREATE INDEX errands_due ON errands (due_at);
      -- What they are about is nobody's but the tenant's.
      ${tenantTable(roles, 'errands', 'SELECT (tenant, errand_id, due_at, held_until), UPDATE (holder, held_until)')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE errands;
      ALTER TABLE sources DROP COLUMN kind, DROP COLUMN api_url, DROP COLUMN credentials_sealed`);
  }
}
