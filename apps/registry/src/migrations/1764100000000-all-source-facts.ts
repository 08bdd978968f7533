import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Of what a source says every fact is kept, not the last alone: one that is taken back must leave those before it as they stood. */
export class AllSourceFacts1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE source_facts
        DROP CONSTRAINT source_facts_pkey,
        ADD PRIMARY KEY (tenant, subject_id, source, signal_id),
        -- False: scheduled, and its time has not come.
        ADD COLUMN due boolean NOT NULL DEFAULT true`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM source_facts older USING source_facts newer
        WHERE (older.tenant, older.subject_id, older.source) = (newer.tenant, newer.subject_id, newer.source)
          AND (older.occurred_at, older.signal_id) < (newer.occurred_at, newer.signal_id);
      ALTER TABLE source_facts DROP COLUMN due, DROP CONSTRAINT source_facts_pkey, ADD PRIMARY KEY (tenant, subject_id, source)`);
  }
}
