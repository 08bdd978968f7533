import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { SignInSettings } from './sign-in-settings.js';

export interface StoredSettings {
  readonly version: number;
  readonly settings: SignInSettings;
  /** Sealed, as the key by which sessions of the console are opened. */
  readonly clientSecret: string;
  readonly applicationKeyId: string;
  readonly applicationKey: string;
}

@Injectable()
export class SignInSettingsStore {
  async get(tx: Tx): Promise<StoredSettings | undefined> {
    const [row] = await tx.sql<StoredSettings>(
      `SELECT version, document AS settings, client_secret AS "clientSecret",
              application_key_id AS "applicationKeyId", application_key AS "applicationKey"
       FROM administrator_sign_in WHERE tenant = $1`,
      [tx.tenant],
    );
    // A setting from before there was step-up says nothing of it.
    return row && { ...row, settings: { ...row.settings, stepUpSeconds: row.settings.stepUpSeconds ?? null } };
  }

  async save(
    tx: Tx,
    { version, settings, clientSecret, applicationKeyId, applicationKey }: StoredSettings,
  ): Promise<void> {
    await tx.sql(
      `INSERT INTO administrator_sign_in (tenant, version, document, client_secret, application_key_id, application_key)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (tenant) DO UPDATE SET version = excluded.version, document = excluded.document,
         client_secret = excluded.client_secret, application_key_id = excluded.application_key_id,
         application_key = excluded.application_key`,
      [tx.tenant, version, JSON.stringify(settings), clientSecret, applicationKeyId, applicationKey],
    );
  }

  async remove(tx: Tx): Promise<void> {
    await tx.sql('DELETE FROM administrator_sign_in WHERE tenant = $1', [tx.tenant]);
  }
}
