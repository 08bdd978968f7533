import type { Tx } from '@curfew/messaging';
import { Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';

export interface Tenant {
  readonly tenantId: string;
  readonly name: string;
  readonly createdAt: string;
}

interface Row {
  tenant: string;
  name: string;
  created_at: Date;
}

const tenantOf = (row: Row): Tenant => ({
  tenantId: row.tenant,
  name: row.name,
  createdAt: row.created_at.toISOString(),
});

@Injectable()
export class TenantStore {
  constructor(private readonly sweeper: Sweeper) {}

  /** Undefined when there is one of that id. */
  async insert(tx: Tx, name: string): Promise<Tenant | undefined> {
    const [row] = await tx.sql<Row>(
      'INSERT INTO tenants (tenant, name) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING *',
      [tx.tenant, name],
    );
    return row && tenantOf(row);
  }

  /** All of them: for operators. */
  async list(after: string, limit: number): Promise<Tenant[]> {
    const rows = await this.sweeper.sql<Row>(
      'SELECT tenant, name, created_at FROM tenants WHERE tenant > $1 ORDER BY tenant LIMIT $2',
      [after, limit],
    );
    return rows.map(tenantOf);
  }
}
