import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { INITIAL_PROTECTION, type SignInProtection, type VersionedProtection } from './protection.js';

@Injectable()
export class ProtectionStore {
  /** The initial one where a tenant never saved any. */
  async current(tx: Tx): Promise<VersionedProtection> {
    const [row] = await tx.sql<{ version: number; document: SignInProtection }>(
      'SELECT version, document FROM sign_in_protection WHERE tenant = $1',
      [tx.tenant],
    );
    return row ? { version: row.version, protection: row.document } : { version: 0, protection: INITIAL_PROTECTION };
  }

  async save(tx: Tx, { version, protection }: VersionedProtection): Promise<void> {
    await tx.sql(
      `INSERT INTO sign_in_protection (tenant, version, document) VALUES ($1, $2, $3)
       ON CONFLICT (tenant) DO UPDATE SET version = excluded.version, document = excluded.document`,
      [tx.tenant, version, JSON.stringify(protection)],
    );
  }
}
