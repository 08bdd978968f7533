import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Policies that were saved together are enforced once all of them have come. */
export class PolicyBatches1764800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'registry');
    await runner.query(`
      CREATE TABLE policy_batches (
        tenant text NOT NULL,
        batch_id text NOT NULL,
        size integer NOT NULL,
        arrived integer NOT NULL,
        PRIMARY KEY (tenant, batch_id)
      );
      ${tenantTable(roles, 'policy_batches', 'SELECT', 'SELECT, INSERT, UPDATE')}
      ALTER TABLE enforcements ADD COLUMN batch_id text;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE enforcements DROP COLUMN batch_id; DROP TABLE policy_batches');
  }
}
