import { rolesFor, tenantTable } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Approvals1765000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'registry');
    await runner.query(`
      CREATE TABLE approval_rules (tenant text PRIMARY KEY, version integer NOT NULL, document json NOT NULL);
      ${tenantTable(roles, 'approval_rules', undefined, 'SELECT, INSERT, UPDATE')}

      -- Kills that wait, or waited, for a second person; the one that is approved becomes a revocation of the same id.
      CREATE TABLE approvals (
        tenant text NOT NULL,
        revocation_id uuid NOT NULL,
        target_kind text NOT NULL,
        target_id text NOT NULL,
        bar boolean NOT NULL,
        reason text NOT NULL,
        deadline_seconds integer,
        sessions integer NOT NULL,
        requested_by text NOT NULL,
        requested_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        state text NOT NULL,
        decided_by text,
        decided_at timestamptz,
        decision_reason text,
        PRIMARY KEY (tenant, revocation_id)
      );
      CREATE INDEX approvals_pending ON approvals (expires_at) WHERE state = 'pending';
      ${tenantTable(roles, 'approvals', 'SELECT', 'SELECT, INSERT, UPDATE')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE approvals, approval_rules');
  }
}
