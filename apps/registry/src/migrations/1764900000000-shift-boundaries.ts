import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Barriers of a person at one place, and the boundaries of duties, which no session may have crossed. */
export class ShiftBoundaries1764900000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'registry');
    await runner.query(`
      -- Of an application, or of a device: nothing this person authenticated for until then is opened there. Only opens ask.
      CREATE TABLE limited_barriers (
        tenant text NOT NULL,
        subject_id text NOT NULL,
        kind text NOT NULL,
        target_id text NOT NULL,
        not_before timestamptz NOT NULL,
        PRIMARY KEY (tenant, subject_id, kind, target_id)
      );
      ${tenantTable(roles, 'limited_barriers')}

      CREATE TABLE shift_boundaries (
        tenant text NOT NULL,
        duty_id uuid NOT NULL,
        -- 'start' or 'end'.
        kind text NOT NULL,
        shift_id text NOT NULL,
        occurrence text NOT NULL,
        at timestamptz NOT NULL,
        -- What was authenticated until then must not go on after it.
        up_to timestamptz NOT NULL,
        -- As the roster names the person, each as it is stored of a subject.
        identifiers text[] NOT NULL,
        applications text[],
        devices text[],
        PRIMARY KEY (tenant, duty_id, kind)
      );
      CREATE INDEX shift_boundaries_at ON shift_boundaries (tenant, at);
      ${tenantTable(roles, 'shift_boundaries')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE limited_barriers, shift_boundaries');
  }
}
