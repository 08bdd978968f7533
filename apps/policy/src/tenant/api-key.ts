import { createHash, randomBytes } from 'node:crypto';
import { Problem, type Role } from '@curfew/contracts';

export interface ApiKey {
  readonly keyId: string;
  readonly name: string;
  readonly roles: Role[];
  readonly scopes: string[] | null;
  readonly clientId: string | null;
  readonly source: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

/** 256 random bits, recognisable by its prefix to whoever scans for leaked secrets. */
export const mintToken = (): string => `cfw_${randomBytes(32).toString('base64url')}`;

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Only an operator makes operators. Throws `role_not_grantable`. */
export function assertGrantable(roles: readonly Role[], by: readonly Role[]): void {
  if (roles.includes('operator') && !by.includes('operator')) throw new Problem('role_not_grantable', 'operator');
}
