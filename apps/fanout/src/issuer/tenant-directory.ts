import type { TenantStateV1 } from '@curfew/contracts';
import { UnitOfWork, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { SigningKeys } from './signing-keys.js';

/** The tenants there are, from policy's state topic. */
@Injectable()
export class TenantDirectory {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly signingKeys: SigningKeys,
  ) {}

  /** Its first key is made at once: an RSA key takes up to a second, which its first revocation should not wait for. */
  async keep(_events: readonly TenantStateV1[], tx: Tx): Promise<void> {
    await tx.sql('INSERT INTO tenants (tenant) VALUES ($1) ON CONFLICT DO NOTHING', [tx.tenant]);
    tx.afterCommit(() => void this.signingKeys.current(tx.tenant, 'RS256').catch(() => undefined));
  }

  async exists(tenant: string): Promise<boolean> {
    const rows = await this.unitOfWork.run(tenant, (tx) => tx.sql('SELECT 1 FROM tenants WHERE tenant = $1', [tenant]));
    return rows.length > 0;
  }
}
