import type { Tx } from '@curfew/messaging';
import { Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { Deadline } from './administrator.js';

interface StoredAdministrator {
  readonly tenant: string;
  readonly credential: string;
  readonly signedInAt: Date;
  readonly lastSeenAt: Date;
  readonly endsAt: Date | null;
  readonly endsBy: Deadline['by'] | null;
  readonly byProvider: boolean;
}

@Injectable()
export class AdministratorStore {
  constructor(private readonly sweeper: Sweeper) {}

  /** A cookie names no tenant. */
  async find(tokenHash: string): Promise<StoredAdministrator | undefined> {
    const [row] = await this.sweeper.sql<StoredAdministrator & { tenant: string }>(
      `SELECT tenant, credential, signed_in_at AS "signedInAt", last_seen_at AS "lastSeenAt",
              ends_at AS "endsAt", ends_by AS "endsBy", by_provider AS "byProvider"
       FROM administrators WHERE token_hash = $1`,
      [tokenHash],
    );
    return row;
  }

  async insert(
    tx: Tx,
    administrator: {
      tokenHash: string;
      keyId: string;
      credential: string;
      now: Date;
      ends: Deadline;
      byProvider: boolean;
    },
  ): Promise<void> {
    await tx.sql(
      `INSERT INTO administrators (tenant, token_hash, key_id, credential, signed_in_at, last_seen_at, ends_at, ends_by, by_provider)
       VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)`,
      [
        ...[tx.tenant, administrator.tokenHash, administrator.keyId, administrator.credential, administrator.now],
        ...[administrator.ends.at, administrator.ends.by, administrator.byProvider],
      ],
    );
  }

  async seen(tx: Tx, tokenHash: string, now: Date, { at, by }: Deadline): Promise<void> {
    await tx.sql(
      'UPDATE administrators SET last_seen_at = $3, ends_at = $4, ends_by = $5 WHERE tenant = $1 AND token_hash = $2',
      [tx.tenant, tokenHash, now, at, by],
    );
  }

  async remove(tx: Tx, tokenHash: string): Promise<void> {
    await tx.sql('DELETE FROM administrators WHERE tenant = $1 AND token_hash = $2', [tx.tenant, tokenHash]);
  }

  async insertLink(tx: Tx, link: { tokenHash: string; credential: string; expiresAt: Date }): Promise<void> {
    await tx.sql('INSERT INTO sign_in_links (tenant, token_hash, credential, expires_at) VALUES ($1, $2, $3, $4)', [
      tx.tenant,
      link.tokenHash,
      link.credential,
      link.expiresAt,
    ]);
  }

  async tenantOfLink(tokenHash: string): Promise<string | undefined> {
    const [row] = await this.sweeper.sql<{ tenant: string }>('SELECT tenant FROM sign_in_links WHERE token_hash = $1', [
      tokenHash,
    ]);
    return row?.tenant;
  }

  /** Of two who come with one link, one gets it: taking is deleting. */
  async takeLink(tx: Tx, tokenHash: string, now: Date): Promise<string | undefined> {
    const [row] = await tx.sql<{ credential: string; expires_at: Date }>(
      'DELETE FROM sign_in_links WHERE tenant = $1 AND token_hash = $2 RETURNING credential, expires_at',
      [tx.tenant, tokenHash],
    );
    return row && row.expires_at > now ? row.credential : undefined;
  }

  async forget(now: Date): Promise<void> {
    await this.sweeper.sql(
      `DELETE FROM administrators WHERE coalesce(ends_at, last_seen_at) < $1::timestamptz - interval '1 day'`,
      [now],
    );
    await this.sweeper.sql('DELETE FROM sign_in_links WHERE expires_at < $1', [now]);
  }
}
