import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whom service accounts, API keys and agents hang on. */
export class SubjectOwners1765100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'registry');
    await runner.query(`
      CREATE TABLE subject_owners (
        tenant text NOT NULL,
        subject_id text NOT NULL,
        owner_id text NOT NULL,
        PRIMARY KEY (tenant, subject_id)
      );
      CREATE INDEX subject_owners_owner ON subject_owners (tenant, owner_id);
      ${tenantTable(roles, 'subject_owners')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE subject_owners');
  }
}
