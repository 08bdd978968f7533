import type { Tx } from '@curfew/messaging';
import { Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { ROTATED, SECRET_COLUMNS, secretsOf, type SecretRow } from '../secret/rotating-secret.store.js';
import type { StreamStatus, Toleration, Transmitter } from './transmitter.js';

interface Row extends SecretRow {
  transmitter_id: string;
  name: string;
  issuer: string;
  audience: string[];
  jwks_uri: string;
  algorithms: string[];
  tolerates: Toleration[];
  enabled: boolean;
  created_at: Date;
  stream_status: StreamStatus | null;
  stream_status_reason: string | null;
  verified_at: Date | null;
  credentials_sealed: string | null;
  stream_id: string | null;
  poll_url: string | null;
}

export interface StoredTransmitter {
  readonly transmitter: Transmitter;
  /** Sealed; the one before the last rotation among them while it is taken. */
  readonly secrets: readonly string[];
  /** Sealed; null: we have none there. */
  readonly sealedCredentials: string | null;
}

export type TransmitterSettings = Pick<
  Transmitter,
  'audience' | 'jwksUri' | 'algorithms' | 'tolerates' | 'enabled' | 'pollUrl'
>;
export type NewTransmitter = TransmitterSettings & Pick<Transmitter, 'transmitterId' | 'name' | 'issuer'>;

const COLUMNS = `transmitter_id, name, issuer, audience, jwks_uri, algorithms, tolerates, enabled, created_at,
  stream_status, stream_status_reason, verified_at, credentials_sealed, stream_id, poll_url, ${SECRET_COLUMNS}`;

const storedOf = (row: Row): StoredTransmitter => ({
  transmitter: {
    transmitterId: row.transmitter_id,
    name: row.name,
    issuer: row.issuer,
    audience: row.audience,
    jwksUri: row.jwks_uri,
    algorithms: row.algorithms,
    tolerates: row.tolerates,
    enabled: row.enabled,
    hasCredentials: row.credentials_sealed !== null,
    streamId: row.stream_id,
    pollUrl: row.poll_url,
    createdAt: row.created_at,
    previousSecretUntil: row.previous_until,
    streamStatus: row.stream_status,
    streamStatusReason: row.stream_status_reason,
    verifiedAt: row.verified_at,
  },
  secrets: secretsOf(row),
  sealedCredentials: row.credentials_sealed,
});

@Injectable()
export class TransmitterStore {
  constructor(private readonly sweeper: Sweeper) {}

  /** Undefined: the tenant has a transmitter of that name. */
  async insert(
    tx: Tx,
    given: NewTransmitter,
    sealedSecret: string,
    sealedCredentials: string | null,
  ): Promise<StoredTransmitter | undefined> {
    const [row] = await tx.sql<Row>(
      `INSERT INTO transmitters (tenant, transmitter_id, name, issuer, audience, jwks_uri, algorithms, tolerates, enabled, secret_sealed,
         poll_url, credentials_sealed)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (tenant, name) DO NOTHING RETURNING ${COLUMNS}`,
      [
        tx.tenant,
        given.transmitterId,
        given.name,
        given.issuer,
        given.audience,
        given.jwksUri,
        given.algorithms,
        given.tolerates,
        given.enabled,
        sealedSecret,
        given.pollUrl,
        sealedCredentials,
      ],
    );
    return row && storedOf(row);
  }

  /** Whose it is: what is pushed brings no key that would say it. */
  async tenantOf(transmitterId: string): Promise<string | undefined> {
    const [row] = await this.sweeper.sql<{ tenant: string }>(
      'SELECT tenant FROM transmitters WHERE transmitter_id = $1',
      [transmitterId],
    );
    return row?.tenant;
  }

  async get(tx: Tx, transmitterId: string): Promise<StoredTransmitter | undefined> {
    const [row] = await tx.sql<Row>(`SELECT ${COLUMNS} FROM transmitters WHERE tenant = $1 AND transmitter_id = $2`, [
      tx.tenant,
      transmitterId,
    ]);
    return row && storedOf(row);
  }

  /** By name. */
  async list(tx: Tx, after: string, limit: number): Promise<Transmitter[]> {
    const rows = await tx.sql<Row>(
      `SELECT ${COLUMNS} FROM transmitters WHERE tenant = $1 AND name > $2 ORDER BY name LIMIT $3`,
      [tx.tenant, after, limit],
    );
    return rows.map((row) => storedOf(row).transmitter);
  }

  async change(
    tx: Tx,
    transmitterId: string,
    change: Partial<TransmitterSettings>,
    sealedCredentials?: string,
  ): Promise<StoredTransmitter | undefined> {
    const [row] = await tx.sql<Row>(
      `UPDATE transmitters SET audience = coalesce($3, audience), jwks_uri = coalesce($4, jwks_uri),
         algorithms = coalesce($5, algorithms), tolerates = coalesce($6, tolerates), enabled = coalesce($7, enabled),
         poll_url = coalesce($8, poll_url), credentials_sealed = coalesce($9, credentials_sealed)
       WHERE tenant = $1 AND transmitter_id = $2 RETURNING ${COLUMNS}`,
      [
        tx.tenant,
        transmitterId,
        change.audience ?? null,
        change.jwksUri ?? null,
        change.algorithms ?? null,
        change.tolerates ?? null,
        change.enabled ?? null,
        change.pollUrl ?? null,
        sealedCredentials ?? null,
      ],
    );
    return row && storedOf(row);
  }

  async rotate(
    tx: Tx,
    transmitterId: string,
    sealedSecret: string,
    overlapSeconds: number,
  ): Promise<StoredTransmitter | undefined> {
    const [row] = await tx.sql<Row>(
      `UPDATE transmitters SET ${ROTATED} WHERE tenant = $1 AND transmitter_id = $2 RETURNING ${COLUMNS}`,
      [tx.tenant, transmitterId, sealedSecret, overlapSeconds],
    );
    return row && storedOf(row);
  }

  async remove(tx: Tx, transmitterId: string): Promise<StoredTransmitter | undefined> {
    const [row] = await tx.sql<Row>(
      `DELETE FROM transmitters WHERE tenant = $1 AND transmitter_id = $2 RETURNING ${COLUMNS}`,
      [tx.tenant, transmitterId],
    );
    return row && storedOf(row);
  }

  /** `audience` null: it stays. */
  async hasStream(
    tx: Tx,
    transmitterId: string,
    stream: { streamId: string | null; audience: readonly string[] | null; pollUrl: string | null },
  ): Promise<StoredTransmitter | undefined> {
    const [row] = await tx.sql<Row>(
      `UPDATE transmitters SET stream_id = $3, audience = coalesce($4, audience), poll_url = $5, stream_status = NULL,
         stream_status_reason = NULL, verified_at = NULL
       WHERE tenant = $1 AND transmitter_id = $2 RETURNING ${COLUMNS}`,
      [tx.tenant, transmitterId, stream.streamId, stream.audience, stream.pollUrl],
    );
    return row && storedOf(row);
  }

  async expectVerification(tx: Tx, transmitterId: string, state: string): Promise<void> {
    await tx.sql('UPDATE transmitters SET verification_state = $3 WHERE tenant = $1 AND transmitter_id = $2', [
      tx.tenant,
      transmitterId,
      state,
    ]);
  }

  async streamIs(tx: Tx, transmitterId: string, status: StreamStatus, reason: string | null): Promise<void> {
    await tx.sql(
      `UPDATE transmitters SET stream_status = $3, stream_status_reason = $4 WHERE tenant = $1 AND transmitter_id = $2`,
      [tx.tenant, transmitterId, status, reason],
    );
  }

  /** Without a state it was not asked for; with one it answers the last that was. False: it does not. */
  async verified(tx: Tx, transmitterId: string, state: string | null): Promise<boolean> {
    const rows = await tx.sql(
      `UPDATE transmitters SET verified_at = curfew_now(), verification_state = CASE WHEN $3::text IS NULL THEN verification_state END
       WHERE tenant = $1 AND transmitter_id = $2 AND ($3::text IS NULL OR verification_state = $3) RETURNING 1`,
      [tx.tenant, transmitterId, state],
    );
    return rows.length > 0;
  }
}
