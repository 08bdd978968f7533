import type { TenantStateV1 } from '@curfew/contracts';
import { UnitOfWork, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';

/** The tenants there are, from policy's state topic. */
@Injectable()
export class TenantDirectory {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async keep(events: readonly TenantStateV1[], tx: Tx): Promise<void> {
    if (events.length > 0) await tx.sql('INSERT INTO tenants (tenant) VALUES ($1) ON CONFLICT DO NOTHING', [tx.tenant]);
  }

  async exists(tenant: string): Promise<boolean> {
    const rows = await this.unitOfWork.run(tenant, (tx) => tx.sql('SELECT 1 FROM tenants WHERE tenant = $1', [tenant]));
    return rows.length > 0;
  }
}
