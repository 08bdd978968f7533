import { TenantCreatedV1, TenantStateV1 } from '@curfew/contracts';
import type { Cause, Tx } from '@curfew/messaging';
import type { FirstSignInPolicy } from '../sign-in/first-sign-in-policy.js';
import type { Tenant, TenantStore } from './tenant.store.js';

/** Registers a tenant unless it is there, with what it has from the start, and tells the other services. */
export async function createTenant(
  { tenants, firstSignInPolicy }: { tenants: TenantStore; firstSignInPolicy: FirstSignInPolicy },
  tx: Tx,
  name: string,
  cause: Cause,
): Promise<Tenant | undefined> {
  const tenant = await tenants.insert(tx, name);
  if (!tenant) return undefined;
  await firstSignInPolicy.make(tx);
  tx.publish(TenantCreatedV1, { subject: tenant.tenantId, cause, data: tenant });
  tx.publish(TenantStateV1, { subject: tenant.tenantId, cause, data: tenant });
  return tenant;
}
