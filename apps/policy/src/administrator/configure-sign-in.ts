import { AdministratorSignInUpdatedV1, Problem, unprocessableField } from '@curfew/contracts';
import { seal, unseal } from '@curfew/keys';
import { exclusive, startedBy, UnitOfWork, type Cause, type Tx } from '@curfew/messaging';
import { assertMatches, CheckDestination, InjectConfig, type Principal, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { changesBetween } from '../sign-in/sign-in-policy.js';
import { assertGrantable } from '../tenant/api-key.js';
import { IssueApiKey } from '../tenant/issue-api-key.js';
import { EndSignIns } from './end-sign-ins.js';
import type { SignInSettings } from './sign-in-settings.js';
import { SignInSettingsStore, type StoredSettings } from './sign-in-settings.store.js';

export const SECRET = 'administrator sign-in client secret';
export const APPLICATION_KEY = 'administrator sign-in application key';

export interface VersionedSettings {
  readonly version: number;
  readonly settings: SignInSettings;
}

/** How a tenant's administrators sign in. Who is in by what was there before signs in again. */
@Injectable()
export class ConfigureSignIn {
  private readonly masterKey: Buffer;

  constructor(
    @InjectConfig() config: RunningConfig,
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SignInSettingsStore,
    private readonly checkDestination: CheckDestination,
    private readonly issueApiKey: IssueApiKey,
    private readonly endSignIns: EndSignIns,
  ) {
    this.masterKey = config.masterKey;
  }

  /** Throws `administrator_sign_in_not_set`. */
  async get(tenant: string): Promise<VersionedSettings> {
    const stored = await this.unitOfWork.run(tenant, (tx) => this.store.get(tx));
    if (!stored) throw new Problem('administrator_sign_in_not_set');
    return stored;
  }

  /** Throws what `CheckDestination` and `assertMatches` throw, `role_not_grantable`, `unprocessable_field`. */
  async put(
    caller: Principal,
    settings: SignInSettings,
    clientSecret: string | undefined,
    ifMatch: string | undefined,
  ): Promise<VersionedSettings> {
    await this.checkDestination.assertAllowed('issuer', settings.issuer);
    for (const { role } of settings.roles) assertGrantable({ roles: [role], scopes: null }, caller);
    return this.change(caller.tenant, async (tx) => {
      const before = await this.store.get(tx);
      assertMatches(ifMatch, before?.version ?? 0);
      const kept =
        before && before.settings.issuer === settings.issuer && before.settings.clientId === settings.clientId;
      // One provider's secret is never shown to another.
      if (clientSecret === undefined && !kept) throw unprocessableField('clientSecret', 'is needed for another client');
      const changes = [
        ...changesBetween(before?.settings ?? {}, settings),
        ...(clientSecret === undefined ? [] : [{ field: 'clientSecret', before: null, after: 'changed' }]),
      ];
      if (changes.length === 0) return before!;
      const cause = startedBy(caller.actor);
      const after: StoredSettings = {
        version: (before?.version ?? 0) + 1,
        settings,
        clientSecret: clientSecret === undefined ? before!.clientSecret : seal(this.masterKey, SECRET, clientSecret),
        ...(await this.applicationKey(tx, before, settings, cause)),
      };
      await this.store.save(tx, after);
      await this.endSignIns.all(tx, cause);
      const data = { version: after.version, changes };
      tx.publish(AdministratorSignInUpdatedV1, { subject: 'administrator-sign-in', cause, data });
      return after;
    });
  }

  /** Throws `administrator_sign_in_not_set`. */
  async remove(caller: Principal): Promise<void> {
    await this.change(caller.tenant, async (tx) => {
      const before = await this.store.get(tx);
      if (!before) throw new Problem('administrator_sign_in_not_set');
      const cause = startedBy(caller.actor);
      await this.issueApiKey.revoke(tx, before.applicationKeyId, cause);
      await this.endSignIns.all(tx, cause);
      await this.store.remove(tx);
      const data = { version: before.version + 1, changes: changesBetween(before.settings, {}) };
      tx.publish(AdministratorSignInUpdatedV1, { subject: 'administrator-sign-in', cause, data });
    });
  }

  secretOf = ({ clientSecret }: StoredSettings): string => unseal(this.masterKey, SECRET, clientSecret);
  applicationKeyOf = ({ applicationKey }: StoredSettings): string =>
    unseal(this.masterKey, APPLICATION_KEY, applicationKey);

  /** The console opens its sessions with a key of its own, for as long as it is the same application. */
  private async applicationKey(
    tx: Tx,
    before: StoredSettings | undefined,
    { application }: SignInSettings,
    cause: Cause,
  ): Promise<Pick<StoredSettings, 'applicationKeyId' | 'applicationKey'>> {
    if (before?.settings.application === application) {
      const { applicationKeyId, applicationKey } = before;
      return { applicationKeyId, applicationKey };
    }
    if (before) await this.issueApiKey.revoke(tx, before.applicationKeyId, cause);
    const minted = await this.issueApiKey.mint(
      tx,
      {
        name: 'sessions of the console',
        roles: ['application'],
        scopes: ['sessions:open', 'sessions:use', 'sessions:end'],
        ...{ clientId: application, source: null, expiresAt: null, person: null },
      },
      cause,
    );
    const key = this.issueApiKey.reveal(tx.tenant, minted);
    return { applicationKeyId: minted.apiKey.keyId, applicationKey: seal(this.masterKey, APPLICATION_KEY, key) };
  }

  private change<T>(tenant: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.unitOfWork.run(tenant, work, [exclusive('administrator sign-in', tenant)]);
  }
}
