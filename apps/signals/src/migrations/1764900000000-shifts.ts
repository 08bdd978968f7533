import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who is on duty when, and whose duties are near. */
export class Shifts1764900000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'signals');
    await runner.query(`
      CREATE TABLE shifts (
        tenant text NOT NULL,
        shift_id text NOT NULL,
        ward text,
        -- By the clock on the wall: no instant in it.
        document json NOT NULL,
        -- What was over before it was put there, or changed, is not caught up on.
        saved_at timestamptz NOT NULL,
        -- Until here its duties have been made of it, by the rules of time zones of that version.
        looked_at timestamptz NOT NULL,
        zone_rules text NOT NULL,
        look_at timestamptz NOT NULL,
        PRIMARY KEY (tenant, shift_id)
      );
      CREATE INDEX shifts_look ON shifts (look_at);
      CREATE INDEX shifts_rules ON shifts (zone_rules);
      CREATE INDEX shifts_ward ON shifts (tenant, ward) WHERE ward IS NOT NULL;
      ${tenantTable(roles, 'shifts', 'SELECT (tenant, shift_id, look_at, zone_rules)')}

      CREATE TABLE duties (
        tenant text NOT NULL,
        duty_id uuid NOT NULL,
        shift_id text NOT NULL,
        occurrence text NOT NULL,
        person text NOT NULL,
        subject json NOT NULL,
        starts_at timestamptz NOT NULL,
        roster_ends_at timestamptz NOT NULL,
        extended_until timestamptz,
        warn_seconds integer NOT NULL,
        early_seconds integer NOT NULL,
        applications text[],
        workstations text[],
        -- 'planned', 'on', 'warned', 'ended'.
        state text NOT NULL,
        continued_as uuid,
        extension json,
        -- When something is to be done about it next.
        next_at timestamptz,
        PRIMARY KEY (tenant, duty_id),
        -- However often a roster is read, a person is on duty once at each occurrence, and it ends once.
        UNIQUE (tenant, shift_id, occurrence, person)
      );
      CREATE INDEX duties_due ON duties (next_at) WHERE next_at IS NOT NULL;
      CREATE INDEX duties_due_of_tenant ON duties (tenant, next_at) WHERE next_at IS NOT NULL;
      CREATE INDEX duties_person ON duties (tenant, person, starts_at);
      ${tenantTable(roles, 'duties', 'SELECT (tenant, next_at)')}

      ALTER TABLE signals ADD COLUMN limits json`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE signals DROP COLUMN limits; DROP TABLE duties, shifts');
  }
}
