import type { Role } from '@curfew/contracts';

/** Who of a tenant's own provider may come in at the console, and as what. */
export interface SignInSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** The console is an application like any other: whoever signs in gets a session of it, which Curfew ends. */
  readonly application: string;
  readonly scope: string;
  /** Who it is to Curfew: the claim that holds the subject's id. */
  readonly subjectClaim: string;
  readonly rolesClaim: string;
  /** What a value of that claim stands for; several add up. */
  readonly roles: readonly RoleMapping[];
  /** Asked for when somebody is to prove once more who they are. */
  readonly stepUpAcr: string | null;
  /** Destructive acts take an authentication no older than this, in that way (AD-01); null: whatever it is. */
  readonly stepUpSeconds: number | null;
}

export interface RoleMapping {
  readonly value: string;
  readonly role: ConsoleRole;
}

/** Roles of people. The others are for programs. */
export const CONSOLE_ROLES = ['owner', 'admin', 'responder', 'auditor', 'read-only'] as const satisfies readonly Role[];
export type ConsoleRole = (typeof CONSOLE_ROLES)[number];

export type Claims = Readonly<Record<string, unknown>>;

/** In the order of `CONSOLE_ROLES`; none: who it is has no business at the console. */
export function rolesFrom(
  { rolesClaim, roles }: Pick<SignInSettings, 'rolesClaim' | 'roles'>,
  claims: Claims,
): ConsoleRole[] {
  const found = claimOf(claims, rolesClaim);
  const values = new Set((Array.isArray(found) ? found : [found]).filter((value) => typeof value === 'string'));
  return CONSOLE_ROLES.filter((role) => roles.some((mapping) => mapping.role === role && values.has(mapping.value)));
}

/** By its name as it is, or else as the way to it: Keycloak's roles are at `realm_access.roles`. */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split('.').reduce<unknown>((within, key) => {
    const isObject = typeof within === 'object' && within !== null && Object.hasOwn(within, key);
    return isObject ? (within as Claims)[key] : undefined;
  }, claims);
}

export const textClaim = (claims: Claims, name: string): string | undefined => {
  const value = claimOf(claims, name);
  return typeof value === 'string' && value !== '' && value.length <= 256 ? value : undefined;
};
