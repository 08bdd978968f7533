import type { Role } from '@curfew/contracts';
import type { Permission } from './permissions.js';

/** Who asks, as its credential says. */
export interface Principal {
  readonly tenant: string;
  readonly keyId: string;
  /** As the audit trail names it: `key:<id>`, `application:<client id>`, `source:<name>`. */
  readonly actor: string;
  readonly roles: readonly Role[];
  readonly permissions: ReadonlySet<Permission>;
  /** An application's key: it reaches its own sessions only. */
  readonly clientId: string | null;
  /** A source's key: it speaks for this source only. */
  readonly source: string | null;
}
