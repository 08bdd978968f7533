import { ApiKeyStateV1 } from '@curfew/contracts';
import { OnEvents, tenantTable, type SchemaRoles, type Tx } from '@curfew/messaging';
import { Controller } from '@nestjs/common';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export const knownKeysTable = (roles: SchemaRoles): string => `
  CREATE TABLE known_keys (
    tenant text NOT NULL,
    key_id text NOT NULL,
    hash text NOT NULL UNIQUE,
    roles text[] NOT NULL,
    scopes text[],
    client_id text,
    source text,
    expires_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant, key_id)
  );
  ${tenantTable(roles, 'known_keys', 'SELECT')}`;

/** One migration for every service: whom a key stands for that a person got by signing in. */
export class KnownKeysOfPersons1764820000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE known_keys ADD COLUMN person json');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE known_keys DROP COLUMN person');
  }
}

/** Each service's own copy of the API keys, from policy's state topic. */
@Controller()
export class KnownKeysConsumer {
  @OnEvents(ApiKeyStateV1)
  async keep(events: readonly ApiKeyStateV1[], tx: Tx): Promise<void> {
    for (const { data } of events) {
      await tx.sql(
        `INSERT INTO known_keys (tenant, key_id, hash, roles, scopes, client_id, source, expires_at, revoked_at, person)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (tenant, key_id) DO UPDATE SET
           roles = excluded.roles, scopes = excluded.scopes, expires_at = excluded.expires_at, person = excluded.person,
           revoked_at = coalesce(known_keys.revoked_at, excluded.revoked_at)`,
        [
          tx.tenant,
          data.keyId,
          data.hash,
          data.roles,
          data.scopes,
          data.clientId,
          data.source,
          data.expiresAt,
          data.revokedAt,
          data.person ? JSON.stringify(data.person) : null,
        ],
      );
    }
  }
}
