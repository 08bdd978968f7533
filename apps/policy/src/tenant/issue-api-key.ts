import { ApiKeyCreatedV1, ApiKeyRevokedV1, ApiKeyStateV1, Problem } from '@curfew/contracts';
import type { Cause, Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { hashToken, type ApiKey } from './api-key.js';
import { ApiKeyStore, type StoredApiKey } from './api-key.store.js';

export type NewApiKey = Omit<ApiKey, 'keyId' | 'revokedAt'>;

/** Makes and revokes API keys, and tells the other services. */
@Injectable()
export class IssueApiKey {
  constructor(private readonly store: ApiKeyStore) {}

  /** Undefined when there is a key of this token already. */
  async execute(tx: Tx, key: NewApiKey, token: string, cause: Cause): Promise<ApiKey | undefined> {
    const stored: StoredApiKey = { ...key, keyId: uuidv7(), revokedAt: null, hash: hashToken(token) };
    if (!(await this.store.insert(tx, stored))) return undefined;
    return publish(tx, ApiKeyCreatedV1, stored, cause);
  }

  /** Throws `key_not_found`. */
  async revoke(tx: Tx, keyId: string, cause: Cause): Promise<void> {
    const stored = await this.store.revoke(tx, keyId);
    if (!stored) throw new Problem('key_not_found');
    publish(tx, ApiKeyRevokedV1, stored, cause);
  }
}

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
