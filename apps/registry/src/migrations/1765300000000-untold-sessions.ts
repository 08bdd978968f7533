import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Which ended sessions' applications are still to be told, beside the sessions: they are a few at any time, and a
 * session's row has eight indexes, each of which being told wrote again.
 */
export class UntoldSessions1765300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'registry');
    await runner.query(`
      CREATE TABLE untold_sessions (
        tenant text NOT NULL,
        subject_id text NOT NULL,
        session_id uuid NOT NULL,
        PRIMARY KEY (tenant, subject_id, session_id)
      );
      ${tenantTable(roles, 'untold_sessions')}
      INSERT INTO untold_sessions (tenant, subject_id, session_id)
        SELECT tenant, subject_id, session_id FROM sessions WHERE ended_at IS NOT NULL AND told_at IS NULL AND cause <> 'refused';
      DROP INDEX sessions_untold;
      ALTER TABLE sessions DROP COLUMN told_at`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE sessions ADD COLUMN told_at timestamptz;
      UPDATE sessions s SET told_at = ended_at WHERE ended_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM untold_sessions u WHERE u.tenant = s.tenant AND u.session_id = s.session_id);
      CREATE INDEX sessions_untold ON sessions (tenant, subject_id) WHERE ended_at IS NOT NULL AND told_at IS NULL;
      DROP TABLE untold_sessions`);
  }
}
