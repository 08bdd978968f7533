import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Kills over HTTP, by who asked for them: those of one person may count together. */
export class KillsOfSomebody1765400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE INDEX revocations_of_somebody ON revocations (tenant, actor, not_before) WHERE signal_id IS NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX revocations_of_somebody');
  }
}
