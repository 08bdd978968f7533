import { AdministratorSignedOutV1, type DataOf } from '@curfew/contracts';
import type { Cause, Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { IssueApiKey } from '../tenant/issue-api-key.js';
import { AdministratorStore, type SignedIn } from './administrator.store.js';
import type { LoggedOut } from './identity-provider.client.js';

type Because = DataOf<typeof AdministratorSignedOutV1>['because'];

/** Sign-ins that are over, and with each the key it gave: refused everywhere about a second later. */
@Injectable()
export class EndSignIns {
  constructor(
    private readonly store: AdministratorStore,
    private readonly issueApiKey: IssueApiKey,
  ) {}

  async one(tx: Tx, keyId: string, because: Because, cause: Cause): Promise<void> {
    await this.over(tx, await this.store.end(tx, keyId), because, cause);
  }

  async ofSession(tx: Tx, sid: string, cause: Cause): Promise<void> {
    await this.over(tx, await this.store.endOfSession(tx, sid), 'session_ended', cause);
  }

  async atProvider(tx: Tx, loggedOut: LoggedOut, cause: Cause): Promise<SignedIn[]> {
    const ended = await this.store.endAtProvider(tx, loggedOut);
    await this.over(tx, ended, 'provider_logout', cause);
    return ended;
  }

  async all(tx: Tx, cause: Cause): Promise<void> {
    await this.over(tx, await this.store.endAll(tx), 'provider_changed', cause);
  }

  private async over(tx: Tx, ended: readonly SignedIn[], because: Because, cause: Cause): Promise<void> {
    for (const { keyId, subject } of ended) {
      await this.issueApiKey.revoke(tx, keyId, cause);
      tx.publish(AdministratorSignedOutV1, { subject, cause, data: { keyId, subject, because } });
    }
  }
}
