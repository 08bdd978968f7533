import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sources whose systems sign as they do by themselves. */
export class SourceSigning1765200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE sources ADD COLUMN signing text NOT NULL DEFAULT 'standard'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE sources DROP COLUMN signing');
  }
}
