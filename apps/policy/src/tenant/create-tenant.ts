import { TenantCreatedV1, TenantStateV1 } from '@curfew/contracts';
import type { Cause, Tx } from '@curfew/messaging';
import type { Tenant, TenantStore } from './tenant.store.js';

/** Registers a tenant unless it is there, and tells the other services. */
export async function createTenant(
  store: TenantStore,
  tx: Tx,
  name: string,
  cause: Cause,
): Promise<Tenant | undefined> {
  const tenant = await store.insert(tx, name);
  if (!tenant) return undefined;
  tx.publish(TenantCreatedV1, { subject: tenant.tenantId, cause, data: tenant });
  tx.publish(TenantStateV1, { subject: tenant.tenantId, cause, data: tenant });
  return tenant;
}
