import { Problem } from '@curfew/contracts';
import { unseal } from '@curfew/keys';
import { startedBy, UnitOfWork, type Cause } from '@curfew/messaging';
import { InjectConfig, type Principal, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { decodeJwt } from 'jose';
import { IssueApiKey } from '../tenant/issue-api-key.js';
import { AdministratorStore, type SignedIn } from './administrator.store.js';
import { ConsoleSessions, type Ending } from './console-sessions.client.js';
import { EndSignIns } from './end-sign-ins.js';
import { IdentityProvider, NotSignedIn } from './identity-provider.client.js';
import { ID_TOKEN, SignAdministratorIn } from './sign-administrator-in.js';
import { SignInSettingsStore, type StoredSettings } from './sign-in-settings.store.js';

/** When the key ends unless they do something more, and which limit that is. */
export interface Renewed {
  readonly expiresAt: string;
  readonly endsBy: Ending['by'];
}

interface Found {
  readonly stored: StoredSettings | undefined;
  readonly signedIn: SignedIn | undefined;
}

/** What becomes of a sign-in: it goes on as long as its person does something, and ends by whoever ends it first. */
@Injectable()
export class KeepSignedIn {
  constructor(
    @InjectConfig() private readonly config: RunningConfig,
    private readonly unitOfWork: UnitOfWork,
    private readonly settings: SignInSettingsStore,
    private readonly administrators: AdministratorStore,
    private readonly sessions: ConsoleSessions,
    private readonly provider: IdentityProvider,
    private readonly signIn: SignAdministratorIn,
    private readonly endSignIns: EndSignIns,
    private readonly issueApiKey: IssueApiKey,
  ) {}

  /** The person did something. Until when the key is good now: the tenant's own policy says, by the session of the console. Throws `unauthenticated`. */
  async renew(caller: Principal): Promise<Renewed> {
    const { stored, signedIn } = await this.find(caller);
    if (!stored || !signedIn) throw new Problem('unauthenticated', 'ended');
    const ends = await this.sessions.touch(this.signIn.applicationOf(caller.tenant, stored), signedIn.sessionId);
    const cause = startedBy(caller.actor);
    const key = await this.unitOfWork.run(caller.tenant, async (tx) => {
      if (ends) return this.issueApiKey.renew(tx, caller.keyId, ends.at, cause);
      await this.endSignIns.one(tx, caller.keyId, 'session_ended', cause);
      return undefined;
    });
    if (!key || !ends) throw new Problem('unauthenticated', 'ended');
    return { expiresAt: key.expiresAt!, endsBy: ends.by };
  }

  /** `url`: where the browser signs out of the provider too. */
  async signOut(caller: Principal, backTo: string): Promise<{ url: string | null }> {
    const { stored, signedIn } = await this.find(caller);
    if (!stored || !signedIn) return { url: null };
    await this.unitOfWork.run(caller.tenant, (tx) =>
      this.endSignIns.one(tx, caller.keyId, 'signed_out', startedBy(caller.actor)),
    );
    await this.endSession(caller.tenant, stored, signedIn);
    const idToken = unseal(this.config.masterKey, ID_TOKEN, signedIn.idToken);
    const provider = this.signIn.providerOf(stored);
    return { url: (await this.provider.signOutUrl(provider, idToken, backTo).catch(() => undefined)) ?? null };
  }

  /** From the tenant's provider, or from Curfew itself, which ends sessions of the console like any other. Throws `logout_token_invalid`. */
  async readLogoutToken(tenant: string, token: string): Promise<void> {
    const stored = await this.unitOfWork.run(tenant, (tx) => this.settings.get(tx));
    if (!stored) throw new Problem('logout_token_invalid');
    const cause: Cause = startedBy('service:policy');
    try {
      if (issuerIn(token) === stored.settings.issuer) {
        const loggedOut = await this.provider.readLogoutToken(this.signIn.providerOf(stored), token);
        const ended = await this.unitOfWork.run(tenant, (tx) => this.endSignIns.atProvider(tx, loggedOut, cause));
        for (const one of ended) await this.endSession(tenant, stored, one);
        return;
      }
      const { sid } = await this.sessions.readLogoutToken(this.signIn.applicationOf(tenant, stored), token);
      if (sid !== null) await this.unitOfWork.run(tenant, (tx) => this.endSignIns.ofSession(tx, sid, cause));
    } catch (error) {
      if (error instanceof NotSignedIn) throw new Problem('logout_token_invalid', error.message);
      throw error;
    }
  }

  /** The key is gone already; a session that can not be ended now runs idle. */
  private async endSession(tenant: string, stored: StoredSettings, { sessionId }: SignedIn): Promise<void> {
    await this.sessions.end(this.signIn.applicationOf(tenant, stored), sessionId).catch(() => undefined);
  }

  private find({ tenant, keyId }: Principal): Promise<Found> {
    return this.unitOfWork.run(tenant, async (tx) => ({
      stored: await this.settings.get(tx),
      signedIn: await this.administrators.live(tx, keyId),
    }));
  }
}

/** Only to choose whose keys verify it. */
function issuerIn(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    throw new NotSignedIn('it is no JWT');
  }
}
