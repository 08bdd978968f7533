import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The seven days of tries count from when a delivery was last sent again by hand. */
export class RequeuedAt1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE deliveries ADD COLUMN requeued_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE deliveries DROP COLUMN requeued_at');
  }
}
