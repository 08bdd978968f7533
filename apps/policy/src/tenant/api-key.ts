import { createHash, randomBytes } from 'node:crypto';
import { Problem, type Person, type Role } from '@curfew/contracts';
import { permissionsOf, type Principal } from '@curfew/runtime';

export interface ApiKey {
  readonly keyId: string;
  readonly name: string;
  readonly roles: Role[];
  readonly scopes: string[] | null;
  readonly clientId: string | null;
  readonly source: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  /** Who got it by signing in; null: it is a program's. */
  readonly person: Person | null;
}

/** 256 random bits, recognisable by its prefix to whoever scans for leaked secrets. */
export const mintToken = (): string => `cfw_${randomBytes(32).toString('base64url')}`;

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Nobody gives more than it may itself: a key narrowed by scopes would else make itself a wide one. Throws `role_not_grantable`. */
export function assertGrantable(key: Pick<ApiKey, 'roles' | 'scopes'>, { permissions }: Principal): void {
  const beyond = [...permissionsOf(key.roles, key.scopes)].filter((permission) => !permissions.has(permission));
  if (beyond.length > 0) throw new Problem('role_not_grantable', beyond.join(', '));
}
