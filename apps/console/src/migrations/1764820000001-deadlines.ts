import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Deadlines1764820000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- When a sign-in ends unless its person does something, and which limit that is.
      ALTER TABLE administrators ADD COLUMN ends_at timestamptz, ADD COLUMN ends_by text,
        -- Through the tenant's own provider, not by an API key.
        ADD COLUMN by_provider boolean NOT NULL DEFAULT false;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE administrators DROP COLUMN ends_at, DROP COLUMN ends_by, DROP COLUMN by_provider');
  }
}
