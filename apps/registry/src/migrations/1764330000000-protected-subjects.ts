import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The never-kill list. */
export class ProtectedSubjects1764330000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'registry');
    await runner.query(`
      CREATE TABLE protected_subjects (
        tenant text NOT NULL,
        subject_id text NOT NULL,
        reason text,
        protected_by text NOT NULL,
        protected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, subject_id)
      );
      ${tenantTable(roles, 'protected_subjects')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE protected_subjects');
  }
}
