import type { Role } from '@curfew/contracts';

/** Every right there is. A key's scopes are some of these; its roles say which it could have. */
export const PERMISSIONS = [
  'applications:read',
  'applications:write',
  'deliveries:read',
  'deliveries:redeliver',
  'signing-keys:rotate',
  'subjects:read',
  'subjects:write',
  'subjects:reinstate',
  'subjects:protect',
  'devices:read',
  'devices:revoke',
  'sessions:read',
  'sessions:open',
  'sessions:use',
  'sessions:end',
  'tokens:introspect',
  'revocations:read',
  'revocations:write',
  'revocations:approve',
  'revocations:rule',
  'signals:read',
  'signals:write',
  'signals:replay',
  'signals:decide',
  'signals:guard',
  'signals:sources',
  'scim:provision',
  'shifts:read',
  'shifts:write',
  'shifts:approve',
  'policies:read',
  'policies:write',
  'sign-in:evaluate',
  'effective-policies:read',
  'api-keys:read',
  'api-keys:write',
  'audit:read',
  'tenants:read',
  'tenants:write',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Whoever has these ends access, now or by what they set up, or decides who may: a tenant can ask people for a fresh sign-in first (AD-01). */
export const DESTRUCTIVE: ReadonlySet<Permission> = new Set<Permission>([
  'applications:write',
  'signing-keys:rotate',
  'subjects:protect',
  'devices:revoke',
  'sessions:end',
  'revocations:write',
  'revocations:approve',
  'revocations:rule',
  'signals:write',
  'signals:replay',
  'signals:decide',
  'signals:guard',
  'signals:sources',
  'scim:provision',
  'shifts:write',
  'policies:write',
  'api-keys:write',
]);

const tenantWide = PERMISSIONS.filter((permission) => !permission.startsWith('tenants:'));
const readable = tenantWide.filter((permission) => permission.endsWith(':read'));

/** Whoever could give itself these would have all others, or be its own second person. */
const OWNERS: readonly Permission[] = ['api-keys:write', 'revocations:rule'];

const ALLOWED: Readonly<Record<Role, readonly Permission[]>> = {
  operator: ['tenants:read', 'tenants:write'],
  owner: tenantWide,
  admin: tenantWide.filter((permission) => !OWNERS.includes(permission)),
  responder: [
    ...readable.filter((permission) => !['api-keys:read', 'audit:read'].includes(permission)),
    'revocations:write',
    'devices:revoke',
    'sessions:end',
    'subjects:reinstate',
    'deliveries:redeliver',
    'signals:replay',
    'signals:decide',
    'shifts:approve',
    'tokens:introspect',
  ],
  auditor: readable,
  'read-only': readable.filter((permission) => !['api-keys:read', 'audit:read'].includes(permission)),
  application: ['sessions:open', 'sessions:use', 'sessions:read', 'sessions:end', 'tokens:introspect'],
  broker: [
    'sessions:open',
    'sessions:use',
    'sessions:read',
    'sessions:end',
    'tokens:introspect',
    'subjects:read',
    'applications:read',
    'sign-in:evaluate',
    'effective-policies:read',
  ],
  source: ['signals:write', 'signals:read'],
};

/** What a role may have only where the scopes of the key name it: whoever tells what happened does not say who there is. */
const NAMED: Partial<Record<Role, readonly Permission[]>> = { source: ['scim:provision'] };

/** What roles allow, narrowed by scopes. Scopes never add a right, save one that the role has only where they name it. */
export function permissionsOf(roles: readonly Role[], scopes: readonly string[] | null): ReadonlySet<Permission> {
  const allowed = roles.flatMap((role) => ALLOWED[role]);
  if (scopes === null) return new Set(allowed);
  const named = roles.flatMap((role) => NAMED[role] ?? []);
  return new Set([...allowed, ...named].filter((permission) => scopes.includes(permission)));
}
