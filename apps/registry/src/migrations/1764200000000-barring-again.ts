import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a rehire overruled stands again when the rehire is taken back; so it is kept, and who lifted a bar as well. */
export class BarringAgain1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Of a termination that bars: what would put it in force again.
      ALTER TABLE source_facts ADD COLUMN request json;
      -- Null while its bar stands, and where a person lifted it.
      ALTER TABLE revocations ADD COLUMN lifted_by_signal text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE source_facts DROP COLUMN request;
      ALTER TABLE revocations DROP COLUMN lifted_by_signal`);
  }
}
