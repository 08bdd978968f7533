import { seal, unseal, type SigningAlgorithm } from '@curfew/keys';
import type { Tx } from '@curfew/messaging';
import { InjectConfig, Sweeper, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { JSONWebKeySet } from 'jose';
import type { Application, TlsSettings } from './application.js';

interface Row {
  tenant: string;
  client_id: string;
  name: string;
  backchannel_logout_uri: string | null;
  logout_token_alg: SigningAlgorithm;
  logout_token_for: 'session' | 'subject';
  clock_skew_seconds: number;
  deadline_seconds: number;
  jwks: JSONWebKeySet | null;
  jwks_uri: string | null;
  tls_sealed: string | null;
  version: number;
  removed: boolean;
}

export interface Health {
  readonly lastSuccessAt: Date | null;
  readonly lastFailureAt: Date | null;
  readonly lastFailure: string | null;
  readonly consecutiveFailures: number;
  /** Deliveries that wait to be told. */
  readonly waiting: number;
}

const purpose = (tenant: string, clientId: string): string => `application tls ${tenant}/${clientId}`;

@Injectable()
export class ApplicationStore {
  private readonly masterKey: Buffer;

  constructor(
    @InjectConfig() config: RunningConfig,
    private readonly sweeper: Sweeper,
  ) {
    this.masterKey = config.masterKey;
  }

  /** Undefined when there is none of that id, or it was removed. */
  async get(tx: Tx, clientId: string): Promise<Application | undefined> {
    const [row] = await tx.sql<Row>('SELECT * FROM applications WHERE tenant = $1 AND client_id = $2 AND NOT removed', [
      tx.tenant,
      clientId,
    ]);
    return row && this.applicationOf(row);
  }

  async list(tx: Tx, after: string, limit: number): Promise<Application[]> {
    const rows = await tx.sql<Row>(
      'SELECT * FROM applications WHERE tenant = $1 AND client_id > $2 AND NOT removed ORDER BY client_id LIMIT $3',
      [tx.tenant, after, limit],
    );
    return rows.map((row) => this.applicationOf(row));
  }

  /** The removed ones too: what is still to be told is told. */
  async forDeliveries(tenants: readonly string[], clientIds: readonly string[]): Promise<Application[]> {
    const rows = await this.sweeper.sql<Row>(
      'SELECT * FROM applications WHERE (tenant, client_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))',
      [tenants, clientIds],
    );
    return rows.map((row) => this.applicationOf(row));
  }

  async ofTenant(tx: Tx, clientIds: readonly string[]): Promise<Application[]> {
    const rows = await tx.sql<Row>('SELECT * FROM applications WHERE tenant = $1 AND client_id = ANY($2)', [
      tx.tenant,
      clientIds,
    ]);
    return rows.map((row) => this.applicationOf(row));
  }

  /** False: an application of that id is registered. One that was removed comes back with a higher version. */
  async insert(tx: Tx, application: Application): Promise<Application | undefined> {
    const [row] = await tx.sql<Row>(
      `INSERT INTO applications AS a (tenant, client_id, name, backchannel_logout_uri, logout_token_alg, logout_token_for,
         clock_skew_seconds, deadline_seconds, jwks, jwks_uri, tls_sealed, version)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)
       ON CONFLICT (tenant, client_id) DO UPDATE SET name = excluded.name, backchannel_logout_uri = excluded.backchannel_logout_uri,
         logout_token_alg = excluded.logout_token_alg, logout_token_for = excluded.logout_token_for,
         clock_skew_seconds = excluded.clock_skew_seconds, deadline_seconds = excluded.deadline_seconds, jwks = excluded.jwks,
         jwks_uri = excluded.jwks_uri, tls_sealed = excluded.tls_sealed, removed = false, version = a.version + 1, updated_at = clock_timestamp()
       WHERE a.removed
       RETURNING *`,
      this.values(tx, application),
    );
    return row && this.applicationOf(row);
  }

  async update(tx: Tx, application: Application): Promise<Application> {
    const [row] = await tx.sql<Row>(
      `UPDATE applications SET name = $3, backchannel_logout_uri = $4, logout_token_alg = $5, logout_token_for = $6, clock_skew_seconds = $7,
         deadline_seconds = $8, jwks = $9, jwks_uri = $10, tls_sealed = $11, version = version + 1, updated_at = clock_timestamp()
       WHERE tenant = $1 AND client_id = $2 RETURNING *`,
      this.values(tx, application),
    );
    return this.applicationOf(row!);
  }

  async remove(tx: Tx, clientId: string): Promise<Application | undefined> {
    const [row] = await tx.sql<Row>(
      `UPDATE applications SET removed = true, version = version + 1, updated_at = clock_timestamp()
       WHERE tenant = $1 AND client_id = $2 AND NOT removed RETURNING *`,
      [tx.tenant, clientId],
    );
    return row && this.applicationOf(row);
  }

  async health(tx: Tx, clientId: string): Promise<Health> {
    const [row] = await tx.sql<{
      last_success_at: Date | null;
      last_failure_at: Date | null;
      last_failure: string | null;
      consecutive_failures: number | null;
      waiting: number;
    }>(
      `SELECT h.last_success_at, h.last_failure_at, h.last_failure, h.consecutive_failures,
         (SELECT count(*)::int FROM deliveries d WHERE d.tenant = $1 AND d.client_id = $2 AND d.state = 'planned') AS waiting
       FROM (SELECT 1) one LEFT JOIN endpoint_health h ON h.tenant = $1 AND h.client_id = $2`,
      [tx.tenant, clientId],
    );
    return {
      lastSuccessAt: row!.last_success_at,
      lastFailureAt: row!.last_failure_at,
      lastFailure: row!.last_failure,
      consecutiveFailures: row!.consecutive_failures ?? 0,
      waiting: row!.waiting,
    };
  }

  // ── removals that wait for the registry's word ────────────────────────────────────────────────────────────────

  async askRemoval(tx: Tx, removalId: string, clientId: string): Promise<void> {
    await tx.sql('INSERT INTO application_removals (tenant, removal_id, client_id) VALUES ($1, $2, $3)', [
      tx.tenant,
      removalId,
      clientId,
    ]);
  }

  async decideRemoval(
    tx: Tx,
    removalId: string,
    removed: boolean,
    liveSessions: number,
    revocationId: string | null,
  ): Promise<void> {
    await tx.sql(
      'UPDATE application_removals SET removed = $3, live_sessions = $4, revocation_id = $5 WHERE tenant = $1 AND removal_id = $2',
      [tx.tenant, removalId, removed, liveSessions, revocationId],
    );
  }

  /** Undefined until the registry has decided. */
  async removalDecision(
    tx: Tx,
    removalId: string,
  ): Promise<{ removed: boolean; liveSessions: number; revocationId: string | null } | undefined> {
    const [row] = await tx.sql<{ removed: boolean | null; live_sessions: number | null; revocation_id: string | null }>(
      'SELECT removed, live_sessions, revocation_id FROM application_removals WHERE tenant = $1 AND removal_id = $2',
      [tx.tenant, removalId],
    );
    return row?.removed == null
      ? undefined
      : { removed: row.removed, liveSessions: row.live_sessions ?? 0, revocationId: row.revocation_id };
  }

  private values(tx: Tx, application: Application): unknown[] {
    return [
      tx.tenant,
      application.clientId,
      application.name,
      application.backchannelLogoutUri,
      application.logoutTokenAlg,
      application.logoutTokenFor,
      application.clockSkewSeconds,
      application.deadlineSeconds,
      application.jwks === null ? null : JSON.stringify(application.jwks),
      application.jwksUri,
      application.tls === null
        ? null
        : seal(this.masterKey, purpose(tx.tenant, application.clientId), JSON.stringify(application.tls)),
    ];
  }

  private applicationOf(row: Row): Application {
    return {
      tenant: row.tenant,
      clientId: row.client_id,
      name: row.name,
      backchannelLogoutUri: row.backchannel_logout_uri,
      logoutTokenAlg: row.logout_token_alg,
      logoutTokenFor: row.logout_token_for,
      clockSkewSeconds: row.clock_skew_seconds,
      deadlineSeconds: row.deadline_seconds,
      jwks: row.jwks,
      jwksUri: row.jwks_uri,
      tls:
        row.tls_sealed === null
          ? null
          : (JSON.parse(unseal(this.masterKey, purpose(row.tenant, row.client_id), row.tls_sealed)) as TlsSettings),
      version: row.version,
      removed: row.removed,
    };
  }
}
