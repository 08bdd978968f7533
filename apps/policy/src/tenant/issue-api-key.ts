import { ApiKeyCreatedV1, ApiKeyRevokedV1, ApiKeyStateV1, Problem, type Person } from '@curfew/contracts';
import { seal, unseal } from '@curfew/keys';
import { exclusive, type Cause, type Tx } from '@curfew/messaging';
import { InjectConfig, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { hashToken, mintToken, type ApiKey } from './api-key.js';
import { ApiKeyStore, type StoredApiKey } from './api-key.store.js';

export type NewApiKey = Omit<ApiKey, 'keyId' | 'revokedAt'>;

/** A new key with its token sealed: the answer that is kept for a repeated request must not hold it in the clear. */
export interface MintedApiKey {
  readonly apiKey: ApiKey;
  readonly sealedToken: string;
}

/** One at a time: two owners who revoke each other's key would each see the other's. */
export const revokingKeys = (tenant: string) => exclusive('api-keys', tenant);

/** Makes and revokes API keys, and tells the other services. */
@Injectable()
export class IssueApiKey {
  private readonly masterKey: Buffer;

  constructor(
    @InjectConfig() config: RunningConfig,
    private readonly store: ApiKeyStore,
  ) {
    this.masterKey = config.masterKey;
  }

  async mint(tx: Tx, key: NewApiKey, cause: Cause): Promise<MintedApiKey> {
    const token = mintToken();
    const apiKey = await this.execute(tx, key, token, cause);
    return { apiKey: apiKey!, sealedToken: seal(this.masterKey, sealedFor(tx.tenant, apiKey!), token) };
  }

  /** The token of one that was minted, for the answer. */
  reveal(tenant: string, { apiKey, sealedToken }: MintedApiKey): string {
    return unseal(this.masterKey, sealedFor(tenant, apiKey), sealedToken);
  }

  /** Undefined when there is a key of this token already. */
  async execute(tx: Tx, key: NewApiKey, token: string, cause: Cause): Promise<ApiKey | undefined> {
    const stored: StoredApiKey = { ...key, keyId: uuidv7(), revokedAt: null, hash: hashToken(token) };
    if (!(await this.store.insert(tx, stored))) return undefined;
    return publish(tx, ApiKeyCreatedV1, stored, cause);
  }

  /** A person's goes on; `person` where they have proved once more who they are. Undefined: it is over. */
  async renew(tx: Tx, keyId: string, expiresAt: Date, cause: Cause, person?: Person): Promise<ApiKey | undefined> {
    const stored = await this.store.renew(tx, keyId, expiresAt, person);
    if (!stored) return undefined;
    const { hash: _hash, ...key } = stored;
    tx.publish(ApiKeyStateV1, { subject: keyId, cause, data: stored });
    return key;
  }

  /** In the lock of `revokingKeys`. Throws `key_not_found`, and `last_owner`: nobody could make a key any more, now or later. Who signed in can do so again. */
  async revoke(tx: Tx, keyId: string, cause: Cause): Promise<void> {
    const stored = await this.store.revoke(tx, keyId);
    if (!stored) throw new Problem('key_not_found');
    const mattersForGood = stored.roles.includes('owner') && stored.person === null;
    if (mattersForGood && !(await this.store.hasOwner(tx, stored.expiresAt === null))) throw new Problem('last_owner');
    publish(tx, ApiKeyRevokedV1, stored, cause);
  }
}

const sealedFor = (tenant: string, { keyId }: ApiKey): string => `api key ${tenant}/${keyId}`;

function publish(
  tx: Tx,
  definition: typeof ApiKeyCreatedV1 | typeof ApiKeyRevokedV1,
  stored: StoredApiKey,
  cause: Cause,
): ApiKey {
  const { hash, ...key } = stored;
  tx.publish(definition, { subject: key.keyId, cause, data: key });
  tx.publish(ApiKeyStateV1, { subject: key.keyId, cause, data: { ...key, hash } });
  return key;
}
