import type { Role } from '@curfew/contracts';
import type { Permission } from './permissions.js';

export interface SignedInPerson {
  readonly subject: string;
  readonly name: string;
  readonly authenticatedAt: Date;
  /** How, in the words of the tenant's provider. */
  readonly acr: string | null;
  /** What their tenant asks of it before a destructive act. */
  readonly stepUp?: { readonly seconds: number; readonly acr: string | null } | null;
}

/** Who asks, as its credential says. */
export interface Principal {
  readonly tenant: string;
  readonly keyId: string;
  /** As the audit trail names it: `key:<id>`, `application:<client id>`, `source:<name>`, `person:<subject>`. */
  readonly actor: string;
  readonly roles: readonly Role[];
  readonly permissions: ReadonlySet<Permission>;
  /** An application's key: it reaches its own sessions only. */
  readonly clientId: string | null;
  /** A source's key: it speaks for this source only. */
  readonly source: string | null;
  /** Who signed in, when it is no program that asks. */
  readonly person: SignedInPerson | null;
}
