import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { LoggedOut } from './identity-provider.client.js';

/** One sign-in of a person at the console, and the key it gave. */
export interface SignedIn {
  readonly keyId: string;
  readonly subject: string;
  readonly providerSub: string;
  readonly providerSid: string | null;
  /** Sealed; the provider wants it back as a hint when they sign out. */
  readonly idToken: string;
  readonly sessionId: string;
  readonly sid: string;
}

const COLUMNS = `key_id AS "keyId", subject, provider_sub AS "providerSub", provider_sid AS "providerSid",
  id_token AS "idToken", session_id AS "sessionId", sid`;
/** What is over for this long is told by the audit trail alone. */
const KEPT = `interval '30 days'`;

@Injectable()
export class AdministratorStore {
  async insert(tx: Tx, one: SignedIn): Promise<void> {
    await tx.sql(
      `INSERT INTO administrator_sign_ins (tenant, key_id, subject, provider_sub, provider_sid, id_token, session_id, sid)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [tx.tenant, one.keyId, one.subject, one.providerSub, one.providerSid, one.idToken, one.sessionId, one.sid],
    );
    await tx.sql(
      `DELETE FROM administrator_sign_ins WHERE tenant = $1 AND signed_in_at < clock_timestamp() - ${KEPT}`,
      [tx.tenant],
    );
    await tx.sql(
      `DELETE FROM api_keys WHERE tenant = $1 AND person IS NOT NULL AND expires_at < clock_timestamp() - ${KEPT}`,
      [tx.tenant],
    );
  }

  /** Undefined: it is over. */
  async live(tx: Tx, keyId: string): Promise<SignedIn | undefined> {
    const [row] = await tx.sql<SignedIn>(
      `SELECT ${COLUMNS} FROM administrator_sign_ins WHERE tenant = $1 AND key_id = $2 AND ended_at IS NULL`,
      [tx.tenant, keyId],
    );
    return row;
  }

  async end(tx: Tx, keyId: string): Promise<SignedIn[]> {
    return this.ending(tx, 'key_id = $2', [keyId]);
  }

  /** By the session that Curfew ended. */
  async endOfSession(tx: Tx, sid: string): Promise<SignedIn[]> {
    return this.ending(tx, 'sid = $2', [sid]);
  }

  /** Without a session it means all of that person's. */
  async endAtProvider(tx: Tx, { sub, sid }: LoggedOut): Promise<SignedIn[]> {
    return this.ending(tx, '($2::text IS NULL OR provider_sub = $2) AND ($3::text IS NULL OR provider_sid = $3)', [
      sub,
      sid,
    ]);
  }

  async endAll(tx: Tx): Promise<SignedIn[]> {
    return this.ending(tx, 'true', []);
  }

  /** Each is ended once, whoever comes first. */
  private ending(tx: Tx, which: string, values: (string | null)[]): Promise<SignedIn[]> {
    return tx.sql<SignedIn>(
      `UPDATE administrator_sign_ins SET ended_at = clock_timestamp()
       WHERE tenant = $1 AND ended_at IS NULL AND ${which} RETURNING ${COLUMNS}`,
      [tx.tenant, ...values],
    );
  }
}
