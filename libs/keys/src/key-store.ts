import { exclusive, tenantTable, type SchemaRoles, type Tx } from '@curfew/messaging';
import type { JWK } from 'jose';
import { seal, unseal } from './seal.js';
import {
  generateSigningKey,
  privateKeyFromPem,
  privatePem,
  signingKeyFrom,
  type SigningAlgorithm,
  type SigningKey,
} from './signing-key.js';

/** A key that is replaced stays published this long, for whoever still holds something it signed. */
const OVERLAP_SECONDS = 24 * 3_600;

export const signingKeysTable = (roles: SchemaRoles): string => `
  -- Private keys are sealed with the master key, which is not in the database.
  CREATE TABLE signing_keys (
    tenant text NOT NULL,
    kid text NOT NULL,
    alg text NOT NULL,
    public_jwk json NOT NULL,
    private_sealed text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Published from the first, signs from here on.
    activates_at timestamptz NOT NULL,
    -- Published until here.
    retires_at timestamptz,
    PRIMARY KEY (tenant, kid)
  );
  ${tenantTable(roles, 'signing_keys')}`;

export interface Rotation {
  /** How long the new key is published before it signs. */
  readonly activateAfterSeconds: number;
  /** Whatever was signed with those before it is believed no longer: they are not published from now on. */
  readonly compromised: boolean;
}

interface Row {
  kid: string;
  alg: SigningAlgorithm;
  private_sealed: string;
}

/** A tenant's signing keys: one signs at a time for each algorithm, those before and after it are published beside it. */
export class KeyStore {
  constructor(private readonly masterKey: Buffer) {}

  /** The key that signs now; the first is made when it is first asked for. */
  async current(tx: Tx, alg: SigningAlgorithm): Promise<SigningKey> {
    const found = await this.active(tx, alg);
    if (found) return found;
    tx.lock(exclusive('signing-keys', tx.tenant, alg));
    return (await this.active(tx, alg)) ?? this.insert(tx, await generateSigningKey(alg), 0);
  }

  /** Public keys, the ones that sign later and the ones that signed until lately among them. */
  async published(tx: Tx): Promise<JWK[]> {
    const rows = await tx.sql<{ public_jwk: JWK }>(
      `SELECT public_jwk FROM signing_keys WHERE tenant = $1 AND (retires_at IS NULL OR retires_at > curfew_now()) ORDER BY created_at DESC`,
      [tx.tenant],
    );
    return rows.map((row) => row.public_jwk);
  }

  /** The next key, published from now on; those before it for the overlap still, unless they are withdrawn at once. */
  async rotate(
    tx: Tx,
    alg: SigningAlgorithm,
    { activateAfterSeconds, compromised }: Rotation,
  ): Promise<{ key: SigningKey; previousKid: string | null; withdrawnKids: string[] }> {
    tx.lock(exclusive('signing-keys', tx.tenant, alg));
    const previous = await this.active(tx, alg);
    const key = await this.insert(tx, await generateSigningKey(alg), activateAfterSeconds);
    const stay = compromised ? 0 : activateAfterSeconds + OVERLAP_SECONDS;
    const retiring = await tx.sql<{ kid: string }>(
      `UPDATE signing_keys SET retires_at = least(retires_at, curfew_now() + make_interval(secs => $4))
       WHERE tenant = $1 AND alg = $2 AND kid <> $3 AND (retires_at IS NULL OR retires_at > curfew_now()) RETURNING kid`,
      [tx.tenant, alg, key.kid, stay],
    );
    const withdrawnKids = compromised ? retiring.map(({ kid }) => kid) : [];
    return { key, previousKid: previous?.kid ?? null, withdrawnKids };
  }

  /** The latest made of those whose time has come: one that was to sign later does not once a newer one does. */
  private async active(tx: Tx, alg: SigningAlgorithm): Promise<SigningKey | undefined> {
    const [row] = await tx.sql<Row>(
      `SELECT kid, alg, private_sealed FROM signing_keys
       WHERE tenant = $1 AND alg = $2 AND activates_at <= curfew_now() AND (retires_at IS NULL OR retires_at > curfew_now())
       ORDER BY created_at DESC LIMIT 1`,
      [tx.tenant, alg],
    );
    return (
      row &&
      signingKeyFrom(row.alg, privateKeyFromPem(unseal(this.masterKey, sealedFor(tx, row.kid), row.private_sealed)))
    );
  }

  private async insert(tx: Tx, key: SigningKey, activateAfterSeconds: number): Promise<SigningKey> {
    await tx.sql(
      `INSERT INTO signing_keys (tenant, kid, alg, public_jwk, private_sealed, activates_at)
       VALUES ($1, $2, $3, $4, $5, curfew_now() + make_interval(secs => $6))`,
      [
        tx.tenant,
        key.kid,
        key.alg,
        JSON.stringify(key.publicJwk),
        seal(this.masterKey, sealedFor(tx, key.kid), privatePem(key)),
        activateAfterSeconds,
      ],
    );
    return key;
  }
}

const sealedFor = ({ tenant }: Tx, kid: string): string => `signing key ${tenant}/${kid}`;
