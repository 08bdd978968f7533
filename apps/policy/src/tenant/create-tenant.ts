import { TenantCreatedV1, TenantStateV1 } from '@curfew/contracts';
import type { Cause, Tx } from '@curfew/messaging';
import { DEFAULT_POLICY } from '../sign-in/sign-in-policy.js';
import type { SignInPolicyStore } from '../sign-in/sign-in-policy.store.js';
import type { Tenant, TenantStore } from './tenant.store.js';

/** Registers a tenant unless it is there, with what it has from the start, and tells the other services. */
export async function createTenant(
  { tenants, signInPolicies }: { tenants: TenantStore; signInPolicies: SignInPolicyStore },
  tx: Tx,
  name: string,
  cause: Cause,
): Promise<Tenant | undefined> {
  const tenant = await tenants.insert(tx, name);
  if (!tenant) return undefined;
  await signInPolicies.insert(tx, DEFAULT_POLICY);
  tx.publish(TenantCreatedV1, { subject: tenant.tenantId, cause, data: tenant });
  tx.publish(TenantStateV1, { subject: tenant.tenantId, cause, data: tenant });
  return tenant;
}
