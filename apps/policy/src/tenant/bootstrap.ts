import { UnitOfWork } from '@curfew/messaging';
import { InjectConfig, type RunningConfig } from '@curfew/runtime';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { FirstSignInPolicy } from '../sign-in/first-sign-in-policy.js';
import { hashToken } from './api-key.js';
import { ApiKeyStore } from './api-key.store.js';
import { IssueApiKey } from './issue-api-key.js';
import { createTenant } from './create-tenant.js';
import { TenantStore } from './tenant.store.js';

const NAME = 'bootstrap';

/** The tenant `default`, and the first administrator's key from the environment; an earlier one is revoked. */
@Injectable()
export class Bootstrap implements OnApplicationBootstrap {
  constructor(
    @InjectConfig() private readonly config: RunningConfig,
    private readonly unitOfWork: UnitOfWork,
    private readonly tenants: TenantStore,
    private readonly firstSignInPolicy: FirstSignInPolicy,
    private readonly keys: ApiKeyStore,
    private readonly issueApiKey: IssueApiKey,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const cause = { actor: 'service:policy', correlationId: 'bootstrap' };
    await this.unitOfWork.run('default', async (tx) => {
      await createTenant({ tenants: this.tenants, firstSignInPolicy: this.firstSignInPolicy }, tx, 'Default', cause);
      const token = this.config.bootstrapKey;
      if (!token) return;
      const key = {
        name: NAME,
        roles: ['owner' as const, 'operator' as const],
        scopes: null,
        clientId: null,
        source: null,
        expiresAt: null,
        person: null,
      };
      await this.issueApiKey.execute(tx, key, token, cause);
      for (const keyId of await this.keys.othersNamed(tx, NAME, hashToken(token)))
        await this.issueApiKey.revoke(tx, keyId, cause);
    });
  }
}
