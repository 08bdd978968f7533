import type { Tx } from '@curfew/messaging';
import { Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { ROTATED, SECRET_COLUMNS, secretsOf, type SecretRow } from '../secret/rotating-secret.store.js';
import type { Signing, Source, SourceKind } from './source.js';

interface Row extends SecretRow {
  source_id: string;
  name: string;
  kind: SourceKind;
  mapping: string;
  signing: Signing;
  api_url: string | null;
  credentials_sealed: string | null;
  enabled: boolean;
  created_at: Date;
}

export interface StoredSource {
  readonly source: Source;
  /** Sealed; the one before the last rotation among them while it is taken. */
  readonly secrets: readonly string[];
  /** Sealed; null: its API asks for none. */
  readonly sealedCredentials: string | null;
}

export type NewSource = Pick<Source, 'name' | 'kind' | 'mapping' | 'signing' | 'apiUrl' | 'enabled'>;
export type SourceChange = Partial<Pick<Source, 'mapping' | 'apiUrl' | 'enabled'>>;

const COLUMNS = `source_id, name, kind, mapping, signing, api_url, credentials_sealed, enabled, created_at, ${SECRET_COLUMNS}`;

const storedOf = (row: Row): StoredSource => ({
  source: {
    sourceId: row.source_id,
    name: row.name,
    kind: row.kind,
    mapping: row.mapping,
    signing: row.signing,
    apiUrl: row.api_url,
    enabled: row.enabled,
    createdAt: row.created_at,
    previousSecretUntil: row.previous_until,
  },
  secrets: secretsOf(row),
  sealedCredentials: row.credentials_sealed,
});

@Injectable()
export class SourceStore {
  constructor(private readonly sweeper: Sweeper) {}

  /** Undefined: the tenant has a source of that name. */
  async insert(
    tx: Tx,
    { sourceId, name, kind, mapping, signing, apiUrl, enabled }: NewSource & Pick<Source, 'sourceId'>,
    sealedSecret: string,
    sealedCredentials: string | null,
  ): Promise<StoredSource | undefined> {
    const [row] = await tx.sql<Row>(
      `INSERT INTO sources (tenant, source_id, name, kind, mapping, signing, api_url, enabled, secret_sealed, credentials_sealed)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant, name) DO NOTHING RETURNING ${COLUMNS}`,
      [tx.tenant, sourceId, name, kind, mapping, signing, apiUrl, enabled, sealedSecret, sealedCredentials],
    );
    return row && storedOf(row);
  }

  /** Whose it is: a webhook brings no key that would say it. */
  async tenantOf(sourceId: string): Promise<string | undefined> {
    const [row] = await this.sweeper.sql<{ tenant: string }>('SELECT tenant FROM sources WHERE source_id = $1', [
      sourceId,
    ]);
    return row?.tenant;
  }

  async get(tx: Tx, sourceId: string): Promise<StoredSource | undefined> {
    const [row] = await tx.sql<Row>(`SELECT ${COLUMNS} FROM sources WHERE tenant = $1 AND source_id = $2`, [
      tx.tenant,
      sourceId,
    ]);
    return row && storedOf(row);
  }

  /** By name. */
  async list(tx: Tx, after: string, limit: number): Promise<Source[]> {
    const rows = await tx.sql<Row>(
      `SELECT ${COLUMNS} FROM sources WHERE tenant = $1 AND name > $2 ORDER BY name LIMIT $3`,
      [tx.tenant, after, limit],
    );
    return rows.map((row) => storedOf(row).source);
  }

  /** Credentials go with the address they are for. */
  async change(
    tx: Tx,
    sourceId: string,
    { mapping, apiUrl, enabled }: SourceChange,
    sealedCredentials: string | null,
  ): Promise<StoredSource | undefined> {
    const [row] = await tx.sql<Row>(
      `UPDATE sources SET mapping = coalesce($3, mapping), enabled = coalesce($4, enabled), api_url = coalesce($5, api_url),
         credentials_sealed = CASE WHEN $5::text IS NULL THEN credentials_sealed ELSE $6 END
       WHERE tenant = $1 AND source_id = $2 RETURNING ${COLUMNS}`,
      [tx.tenant, sourceId, mapping ?? null, enabled ?? null, apiUrl ?? null, sealedCredentials],
    );
    return row && storedOf(row);
  }

  async rotate(
    tx: Tx,
    sourceId: string,
    sealedSecret: string,
    overlapSeconds: number,
  ): Promise<StoredSource | undefined> {
    const [row] = await tx.sql<Row>(
      `UPDATE sources SET ${ROTATED} WHERE tenant = $1 AND source_id = $2 RETURNING ${COLUMNS}`,
      [tx.tenant, sourceId, sealedSecret, overlapSeconds],
    );
    return row && storedOf(row);
  }

  async remove(tx: Tx, sourceId: string): Promise<StoredSource | undefined> {
    const [row] = await tx.sql<Row>(`DELETE FROM sources WHERE tenant = $1 AND source_id = $2 RETURNING ${COLUMNS}`, [
      tx.tenant,
      sourceId,
    ]);
    return row && storedOf(row);
  }
}
