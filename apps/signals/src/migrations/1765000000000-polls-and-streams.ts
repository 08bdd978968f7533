import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Transmitters that are asked, and the streams we set up at them. */
export class PollsAndStreams1765000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'signals');
    await runner.query(`
      ALTER TABLE transmitters
        -- How we say who we are where we ask: sealed with the master key.
        ADD COLUMN credentials_sealed text,
        ADD COLUMN stream_id text,
        -- Null: it pushes.
        ADD COLUMN poll_url text;

      -- One of each transmitter that is polled: whose turn it is, and who has it.
      CREATE TABLE polls (
        tenant text NOT NULL,
        transmitter_id text NOT NULL PRIMARY KEY,
        due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        failures integer NOT NULL DEFAULT 0,
        holder uuid,
        held_until timestamptz
      );
      CREATE INDEX polls_due ON polls (due_at);
      ${tenantTable(roles, 'polls', 'SELECT, UPDATE')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE polls;
      ALTER TABLE transmitters DROP COLUMN credentials_sealed, DROP COLUMN stream_id, DROP COLUMN poll_url`);
  }
}
