import { INITIAL_POLICY, type DefaultPolicy } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';

export interface VersionedPolicy {
  readonly version: number;
  readonly policy: DefaultPolicy;
}

@Injectable()
export class SessionPolicyStore {
  /** The one in force; the initial one where a tenant never saved any. */
  async current(tx: Tx): Promise<VersionedPolicy> {
    const [row] = await tx.sql<{ version: number; document: DefaultPolicy }>(
      'SELECT version, document FROM session_policies WHERE tenant = $1 ORDER BY version DESC LIMIT 1',
      [tx.tenant],
    );
    return row ? { version: row.version, policy: row.document } : { version: 0, policy: INITIAL_POLICY };
  }

  async save(tx: Tx, { version, policy }: VersionedPolicy, actor: string): Promise<void> {
    await tx.sql('INSERT INTO session_policies (tenant, version, document, actor) VALUES ($1, $2, $3, $4)', [
      tx.tenant,
      version,
      JSON.stringify(policy),
      actor,
    ]);
  }

  async markApplied(tx: Tx, version: number): Promise<void> {
    await tx.sql(
      `INSERT INTO session_policies_applied AS a (tenant, version) VALUES ($1, $2)
       ON CONFLICT (tenant) DO UPDATE SET version = greatest(a.version, excluded.version)`,
      [tx.tenant, version],
    );
  }

  /** Whether the registry has said that it judges by this version or a later one. */
  async isApplied(tx: Tx, version: number): Promise<boolean> {
    const rows = await tx.sql('SELECT 1 FROM session_policies_applied WHERE tenant = $1 AND version >= $2', [
      tx.tenant,
      version,
    ]);
    return rows.length > 0;
  }
}
