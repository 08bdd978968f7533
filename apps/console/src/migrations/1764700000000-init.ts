import { messagingTables, rolesFor, tenantTable } from '@curfew/messaging';
import { knownKeysTable } from '@curfew/runtime';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Init1764700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'console');
    await runner.query(`
      ${messagingTables(roles)}
      ${knownKeysTable(roles)}

      -- Administrators who are signed in. The credential is sealed: it opens only with the master key.
      CREATE TABLE administrators (
        tenant text NOT NULL,
        token_hash text NOT NULL,
        key_id text NOT NULL,
        credential text NOT NULL,
        signed_in_at timestamptz NOT NULL,
        last_seen_at timestamptz NOT NULL,
        PRIMARY KEY (tenant, token_hash)
      );
      CREATE INDEX administrators_age ON administrators (last_seen_at);
      CREATE INDEX administrators_token ON administrators (token_hash);
      ${tenantTable(roles, 'administrators', 'SELECT, DELETE')}

      -- Each signs one person in, once.
      CREATE TABLE sign_in_links (
        tenant text NOT NULL,
        token_hash text NOT NULL,
        credential text NOT NULL,
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (tenant, token_hash)
      );
      CREATE INDEX sign_in_links_token ON sign_in_links (token_hash);
      ${tenantTable(roles, 'sign_in_links', 'SELECT, DELETE')}
    `);
  }

  async down(): Promise<void> {
    throw new Error('The first migration has no way back');
  }
}
