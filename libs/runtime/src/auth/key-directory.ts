import { createHash } from 'node:crypto';
import type { Person, Role } from '@curfew/contracts';
import { LRUCache } from 'lru-cache';
import type { Sweeper } from '../database/database.js';
import { until } from '../until.js';
import { permissionsOf } from './permissions.js';
import type { Principal } from './principal.js';

/** A revoked key is used for this much longer at most. */
const BELIEVED_MS = 1_000;
/** A key that was made a moment ago may not have arrived here yet. */
const PATIENCE_MS = 500;
/** Guessing is not to fill the house: beyond this many unknown keys at a time nobody waits. */
const MOST_PATIENT = 32;

interface KnownKey {
  readonly principal: Principal;
  readonly expiresAt: Date | null;
  readonly readAt: number;
}

interface KeyRow {
  tenant: string;
  key_id: string;
  roles: Role[];
  scopes: string[] | null;
  client_id: string | null;
  source: string | null;
  person: Person | null;
  expires_at: Date | null;
}

/**
 * API keys as this service knows them from policy's state topic. A key is found by the SHA-256 of the whole token: it
 * holds 256 random bits, so neither a slow hash nor a constant-time comparison would add anything.
 */
export class KeyDirectory {
  /** By the token as it came: hashing it is half of finding it, and every check comes with one. */
  private readonly cache = new LRUCache<string, KnownKey>({ max: 10_000 });
  private waiting = 0;

  constructor(private readonly sweeper: Sweeper) {}

  /** Undefined: no such key, or it is revoked or has expired. `patient`: whether one that is not here is waited for. */
  async find(token: string, patient: () => boolean = () => true): Promise<Principal | undefined> {
    const known = this.cache.get(token);
    if (known && performance.now() - known.readAt < BELIEVED_MS) return usable(known);
    const hash = createHash('sha256').update(token).digest('hex');
    const read = (await this.read(hash)) ?? (known || !patient() ? undefined : await this.waitFor(hash));
    if (!read) this.cache.delete(token);
    else this.cache.set(token, read);
    return read && usable(read);
  }

  /** As it is known now, whatever was believed a moment ago. */
  findAnew(token: string): Promise<Principal | undefined> {
    this.cache.delete(token);
    return this.find(token, () => false);
  }

  /** Every tenant has a key from the first: its owner's. One that was made a moment ago is waited for. */
  async knowsTenant(tenant: string, withinMs: number): Promise<boolean> {
    const known = await until(async () => {
      const rows = await this.sweeper.sql('SELECT 1 FROM known_keys WHERE tenant = $1 LIMIT 1', [tenant]);
      return rows.length > 0 || undefined;
    }, withinMs);
    return known ?? false;
  }

  private async waitFor(hash: string): Promise<KnownKey | undefined> {
    if (this.waiting >= MOST_PATIENT) return undefined;
    this.waiting++;
    try {
      return await until(() => this.read(hash), PATIENCE_MS);
    } finally {
      this.waiting--;
    }
  }

  private async read(hash: string): Promise<KnownKey | undefined> {
    const [row] = await this.sweeper.sql<KeyRow>(
      `SELECT tenant, key_id, roles, scopes, client_id, source, person, expires_at FROM known_keys
       WHERE hash = $1 AND revoked_at IS NULL`,
      [hash],
    );
    if (!row) return undefined;
    return {
      principal: {
        tenant: row.tenant,
        keyId: row.key_id,
        actor: actorOf(row),
        roles: row.roles,
        permissions: permissionsOf(row.roles, row.scopes),
        clientId: row.client_id,
        source: row.source,
        person: row.person && { ...row.person, authenticatedAt: new Date(row.person.authenticatedAt) },
      },
      expiresAt: row.expires_at,
      readAt: performance.now(),
    };
  }
}

function actorOf({ key_id, client_id, source, person }: KeyRow): string {
  if (person) return `person:${person.subject}`;
  if (client_id) return `application:${client_id}`;
  return source ? `source:${source}` : `key:${key_id}`;
}

const usable = ({ principal, expiresAt }: KnownKey): Principal | undefined =>
  expiresAt !== null && expiresAt.getTime() <= Date.now() ? undefined : principal;
