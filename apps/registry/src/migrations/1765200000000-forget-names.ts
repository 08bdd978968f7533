import { rolesFor } from '@curfew/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Limited barriers of sessions by name are forgotten, over all tenants. */
export class ForgetNames1765200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const { sweeper } = await rolesFor(runner, 'registry');
    await runner.query(`
      CREATE INDEX limited_barriers_names ON limited_barriers (not_before) WHERE kind = 'session';
      CREATE POLICY all_tenants ON limited_barriers TO "${sweeper}" USING (kind = 'session');
      GRANT SELECT, DELETE ON limited_barriers TO "${sweeper}"`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const { sweeper } = await rolesFor(runner, 'registry');
    await runner.query(`
      REVOKE ALL ON limited_barriers FROM "${sweeper}";
      DROP POLICY all_tenants ON limited_barriers;
      DROP INDEX limited_barriers_names`);
  }
}
