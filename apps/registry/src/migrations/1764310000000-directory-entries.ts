import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What directories say of subjects: each takes back only what it has said itself. */
export class DirectoryEntries1764310000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'registry');
    await runner.query(`
      CREATE TABLE directory_entries (
        tenant text NOT NULL,
        source text NOT NULL,
        -- The directory's own id of the person.
        entry_id text NOT NULL,
        subject_id text NOT NULL,
        groups text[] NOT NULL,
        attributes json NOT NULL,
        removed boolean NOT NULL,
        PRIMARY KEY (tenant, source, entry_id)
      );
      CREATE INDEX directory_entries_subject ON directory_entries (tenant, subject_id);
      ${tenantTable(roles, 'directory_entries')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE directory_entries');
  }
}
