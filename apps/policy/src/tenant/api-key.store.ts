import type { Person, Role } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { ApiKey } from './api-key.js';

interface Row {
  key_id: string;
  hash: string;
  name: string;
  roles: Role[];
  scopes: string[] | null;
  client_id: string | null;
  source: string | null;
  expires_at: Date | null;
  revoked_at: Date | null;
  person: Person | null;
}

export interface StoredApiKey extends ApiKey {
  readonly hash: string;
}

const COLUMNS = 'key_id, hash, name, roles, scopes, client_id, source, expires_at, revoked_at, person';

const keyOf = (row: Row): StoredApiKey => ({
  keyId: row.key_id,
  hash: row.hash,
  name: row.name,
  roles: row.roles,
  scopes: row.scopes,
  clientId: row.client_id,
  source: row.source,
  expiresAt: row.expires_at?.toISOString() ?? null,
  revokedAt: row.revoked_at?.toISOString() ?? null,
  person: row.person,
});

@Injectable()
export class ApiKeyStore {
  /** Absent when a key of that hash exists already. */
  async insert(tx: Tx, key: StoredApiKey): Promise<boolean> {
    const rows = await tx.sql(
      `INSERT INTO api_keys (tenant, key_id, hash, name, roles, scopes, client_id, source, expires_at, person)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING key_id`,
      [
        ...[tx.tenant, key.keyId, key.hash, key.name, key.roles, key.scopes, key.clientId, key.source, key.expiresAt],
        key.person && JSON.stringify(key.person),
      ],
    );
    return rows.length > 0;
  }

  /** In the order they were made; of those that people signed in with, the ones that are good now. */
  async list(tx: Tx, after: string, limit: number): Promise<StoredApiKey[]> {
    const rows = await tx.sql<Row>(
      `SELECT ${COLUMNS} FROM api_keys
       WHERE tenant = $1 AND key_id > $2 AND (person IS NULL OR (revoked_at IS NULL AND expires_at > clock_timestamp()))
       ORDER BY key_id LIMIT $3`,
      [tx.tenant, after, limit],
    );
    return rows.map(keyOf);
  }

  /** Undefined: no such key. Repeating it changes nothing. */
  async revoke(tx: Tx, keyId: string): Promise<StoredApiKey | undefined> {
    const [row] = await tx.sql<Row>(
      `UPDATE api_keys SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE tenant = $1 AND key_id = $2 RETURNING ${COLUMNS}`,
      [tx.tenant, keyId],
    );
    return row && keyOf(row);
  }

  /** Whether somebody may do everything: for good, or at least now. */
  async hasOwner(tx: Tx, forGood: boolean): Promise<boolean> {
    const rows = await tx.sql(
      `SELECT 1 FROM api_keys WHERE tenant = $1 AND 'owner' = ANY(roles) AND scopes IS NULL AND revoked_at IS NULL AND (expires_at IS NULL OR (NOT $2 AND expires_at > clock_timestamp())) LIMIT 1`,
      [tx.tenant, forGood],
    );
    return rows.length > 0;
  }

  /** Of one that is neither revoked nor has run out: what is over stays over. */
  async renew(tx: Tx, keyId: string, expiresAt: Date, person?: Person): Promise<StoredApiKey | undefined> {
    const [row] = await tx.sql<Row>(
      `UPDATE api_keys SET expires_at = $3, person = coalesce($4::json, person)
       WHERE tenant = $1 AND key_id = $2 AND revoked_at IS NULL AND expires_at > clock_timestamp() RETURNING ${COLUMNS}`,
      [tx.tenant, keyId, expiresAt, person ? JSON.stringify(person) : null],
    );
    return row && keyOf(row);
  }

  async othersNamed(tx: Tx, name: string, hash: string): Promise<string[]> {
    const rows = await tx.sql<{ key_id: string }>(
      'SELECT key_id FROM api_keys WHERE tenant = $1 AND name = $2 AND hash <> $3 AND revoked_at IS NULL',
      [tx.tenant, name, hash],
    );
    return rows.map((row) => row.key_id);
  }
}
