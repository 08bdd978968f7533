import { rolesFor } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the console follows sessions by: the transaction that changed a row last, kept by the database itself. */
export class SessionChanges1764700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const { app } = await rolesFor(runner, 'registry');
    await runner.query(`
      ALTER TABLE sessions ADD COLUMN changed_in xid8 NOT NULL DEFAULT pg_current_xact_id();
      CREATE INDEX sessions_changed ON sessions (tenant, changed_in, session_id);
      CREATE FUNCTION session_changed() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN NEW.changed_in := pg_current_xact_id(); RETURN NEW; END';
      GRANT EXECUTE ON FUNCTION session_changed() TO "${app}";
      -- Not of told_at: nobody is shown it.
      CREATE TRIGGER session_changed BEFORE UPDATE OF ended_at, last_activity_at ON sessions
        FOR EACH ROW EXECUTE FUNCTION session_changed()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER session_changed ON sessions;
      DROP FUNCTION session_changed();
      ALTER TABLE sessions DROP COLUMN changed_in`);
  }
}
