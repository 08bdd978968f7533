import {
  AdministratorRefusedV1,
  AdministratorSignedInV1,
  Problem,
  type Person,
  type ProblemCode,
} from '@curfew/contracts';
import { seal, unseal } from '@curfew/keys';
import { shared, startedBy, UnitOfWork, type Cause, type Tx } from '@curfew/messaging';
import { InjectConfig, type Principal, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { mintToken } from '../tenant/api-key.js';
import { IssueApiKey } from '../tenant/issue-api-key.js';
import { AdministratorStore } from './administrator.store.js';
import { ConfigureSignIn } from './configure-sign-in.js';
import {
  ConsoleSessions,
  SessionRefused,
  type ConsoleApplication,
  type ConsoleSession,
  type Ending,
} from './console-sessions.client.js';
import { EndSignIns } from './end-sign-ins.js';
import {
  IdentityProvider,
  NotSignedIn,
  type Checks,
  type Identity,
  type Provider,
} from './identity-provider.client.js';
import { rolesFrom, textClaim, type ConsoleRole } from './sign-in-settings.js';
import { SignInSettingsStore, type StoredSettings } from './sign-in-settings.store.js';

const ATTEMPT = 'administrator sign-in attempt';
export const ID_TOKEN = 'administrator id token';
/** From the first redirect to the way back. */
const ATTEMPT_MS = 10 * 60_000;

/** Kept by whoever began, sealed: nothing is stored for somebody who may never come back. */
interface Attempt {
  readonly tenant: string;
  readonly version: number;
  readonly checks: Checks;
  readonly expiresAt: number;
  /** Whose sign-in it confirms, when they were signed in already. */
  readonly again: string | null;
}

export interface NewAdministrator {
  readonly tenant: string;
  readonly keyId: string;
  /** Null when they were signed in already: the key they have goes on. */
  readonly key: string | null;
  readonly subject: string;
  readonly name: string;
  readonly roles: readonly ConsoleRole[];
  readonly expiresAt: string;
  readonly endsBy: Ending['by'];
}

interface From {
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/**
 * Signs somebody in at the console who authenticates at their tenant's own provider. Policy verifies what the provider
 * says itself, opens the session of the console as any application would, so that whoever may not sign in does not, and
 * issues a key of that person's role which lasts as long as the session is not idle. The console hands things on.
 */
@Injectable()
export class SignAdministratorIn {
  constructor(
    @InjectConfig() private readonly config: RunningConfig,
    private readonly unitOfWork: UnitOfWork,
    private readonly settings: SignInSettingsStore,
    private readonly configure: ConfigureSignIn,
    private readonly provider: IdentityProvider,
    private readonly sessions: ConsoleSessions,
    private readonly administrators: AdministratorStore,
    private readonly issueApiKey: IssueApiKey,
    private readonly endSignIns: EndSignIns,
  ) {}

  /** Throws `administrator_sign_in_not_set`, `provider_unreachable`. */
  async begin(
    tenant: string,
    redirectUri: string,
    again: Principal | null = null,
  ): Promise<{ url: string; attempt: string }> {
    const stored = await this.stored(tenant);
    const { scope, stepUpAcr } = stored.settings;
    const { url, checks } = await this.asked(() =>
      this.provider.begin(this.providerOf(stored), {
        redirectUri,
        scope,
        ...(again ? { maxAge: 0, acr: stepUpAcr } : { maxAge: null, acr: null }),
      }),
    );
    const attempt: Attempt = {
      ...{ tenant, version: stored.version, checks },
      ...{ expiresAt: Date.now() + ATTEMPT_MS, again: again?.keyId ?? null },
    };
    return { url, attempt: seal(this.config.masterKey, ATTEMPT, JSON.stringify(attempt)) };
  }

  /** Throws `sign_in_expired`, `sign_in_refused`, `provider_unreachable`, `no_console_role`, `other_person` and why a session is not opened. */
  async finish(sealed: string, callback: string, from: From): Promise<NewAdministrator> {
    const attempt = this.opened(sealed);
    const stored = await this.stored(attempt.tenant);
    if (stored.version !== attempt.version || !URL.canParse(callback)) throw new Problem('sign_in_expired');
    const { settings } = stored;
    const identity = await this.asked(() =>
      this.provider.finish(this.providerOf(stored), attempt.checks, new URL(callback), settings.rolesClaim),
    );
    const subject = textClaim(identity.claims, settings.subjectClaim);
    if (subject === undefined) throw new Problem('sign_in_refused', `the claim ${settings.subjectClaim} is missing`);
    const name = nameIn(identity) ?? subject;
    const person: Person = {
      ...{ subject, name, acr: identity.acr },
      authenticatedAt: identity.authenticatedAt.toISOString(),
      stepUp: settings.stepUpSeconds === null ? null : { seconds: settings.stepUpSeconds, acr: settings.stepUpAcr },
    };
    const roles = rolesFrom(settings, identity.claims);
    if (roles.length === 0) throw await this.refused(attempt.tenant, person, 'no_console_role');
    const application = this.applicationOf(attempt.tenant, stored);
    return attempt.again === null
      ? this.newOne(stored, application, identity, person, roles, from)
      : this.confirm(attempt.again, application, person, roles, from);
  }

  applicationOf(tenant: string, stored: StoredSettings): ConsoleApplication {
    return { tenant, clientId: stored.settings.application, key: this.configure.applicationKeyOf(stored) };
  }

  providerOf(stored: StoredSettings): Provider {
    const { issuer, clientId } = stored.settings;
    return { issuer, clientId, clientSecret: this.configure.secretOf(stored) };
  }

  private async newOne(
    { version }: StoredSettings,
    application: ConsoleApplication,
    identity: Identity,
    person: Person,
    roles: ConsoleRole[],
    from: From,
  ): Promise<NewAdministrator> {
    const { tenant } = application;
    const session = await this.sessionOf(application, person, from);
    const token = mintToken();
    const { keyId } = await this.unitOfWork.run(
      tenant,
      async (tx) => {
        // Whoever changed the settings meanwhile has ended the sign-ins by the old ones; this is one of them.
        if ((await this.settings.get(tx))?.version !== version) throw new Problem('sign_in_expired');
        const key = await this.issueApiKey.execute(
          tx,
          {
            ...{ name: person.name, roles, scopes: null, clientId: null, source: null },
            ...{ expiresAt: session.ends.at.toISOString(), person },
          },
          token,
          signedInBy(person),
        );
        await this.administrators.insert(tx, {
          ...{ keyId: key!.keyId, subject: person.subject, providerSub: identity.sub, providerSid: identity.sid },
          idToken: seal(this.config.masterKey, ID_TOKEN, identity.idToken),
          ...{ sessionId: session.id, sid: session.sid },
        });
        this.tell(tx, key!.keyId, person, roles, session, false);
        return key!;
      },
      [shared('administrator sign-in', tenant)],
    );
    // A kill between opening the session and now found no sign-in to end.
    if (!(await this.sessions.touch(application, session.id))) {
      await this.unitOfWork.run(tenant, (tx) => this.endSignIns.ofSession(tx, session.sid, signedInBy(person)));
      throw new Problem('authenticated_before_revocation');
    }
    return viewOf(tenant, keyId, token, person, roles, session);
  }

  /** Who was signed in has proved it once more: the same key, now with a later authentication. */
  private async confirm(
    keyId: string,
    application: ConsoleApplication,
    person: Person,
    roles: ConsoleRole[],
    from: From,
  ): Promise<NewAdministrator> {
    const { tenant } = application;
    const known = await this.unitOfWork.run(tenant, (tx) => this.administrators.live(tx, keyId));
    if (!known) throw new Problem('sign_in_expired');
    if (known.subject !== person.subject) throw await this.refused(tenant, person, 'other_person');
    const session = await this.sessionOf(application, person, from, known.sid);
    await this.unitOfWork.run(tenant, async (tx) => {
      const key = await this.issueApiKey.renew(tx, keyId, session.ends.at, signedInBy(person), person);
      if (!key) throw new Problem('sign_in_expired');
      this.tell(tx, keyId, person, roles, session, true);
    });
    return viewOf(tenant, keyId, null, person, roles, session);
  }

  private async sessionOf(
    application: ConsoleApplication,
    person: Person,
    { ip, userAgent }: From,
    sid?: string,
  ): Promise<ConsoleSession> {
    const { subject } = person;
    const asked = { subject, authenticatedAt: new Date(person.authenticatedAt), ip, userAgent };
    try {
      return await this.sessions.open(application, sid === undefined ? asked : { ...asked, sid });
    } catch (error) {
      if (!(error instanceof SessionRefused)) throw error;
      throw await this.refused(application.tenant, person, error.code as ProblemCode);
    }
  }

  /** It stands in the audit trail that they tried. */
  private async refused(tenant: string, person: Person, because: ProblemCode): Promise<Problem> {
    const { subject, name } = person;
    await this.unitOfWork.run(tenant, async (tx) =>
      tx.publish(AdministratorRefusedV1, { subject, cause: signedInBy(person), data: { subject, name, because } }),
    );
    return new Problem(because);
  }

  private tell(
    tx: Tx,
    keyId: string,
    { subject, name, authenticatedAt, acr }: Person,
    roles: ConsoleRole[],
    { id: sessionId }: ConsoleSession,
    again: boolean,
  ): void {
    const data = { keyId, subject, name, roles, sessionId, authenticatedAt, acr, again };
    tx.publish(AdministratorSignedInV1, { subject, cause: signedInBy({ subject }), data });
  }

  private async stored(tenant: string): Promise<StoredSettings> {
    const stored = await this.unitOfWork.run(tenant, (tx) => this.settings.get(tx));
    if (!stored) throw new Problem('administrator_sign_in_not_set');
    return stored;
  }

  private opened(sealed: string): Attempt {
    try {
      const attempt = JSON.parse(unseal(this.config.masterKey, ATTEMPT, sealed)) as Attempt;
      if (attempt.expiresAt > Date.now()) return attempt;
    } catch {
      // Not ours, or of another time.
    }
    throw new Problem('sign_in_expired');
  }

  private async asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof NotSignedIn) throw new Problem('sign_in_refused', error.message);
      throw new Problem('provider_unreachable', (error as Error).message);
    }
  }
}

const signedInBy = ({ subject }: Pick<Person, 'subject'>): Cause => startedBy(`person:${subject}`);

const nameIn = ({ claims }: Identity): string | undefined =>
  ['name', 'email', 'preferred_username'].map((claim) => textClaim(claims, claim)).find((value) => value !== undefined);

const viewOf = (
  tenant: string,
  keyId: string,
  key: string | null,
  { subject, name }: Person,
  roles: readonly ConsoleRole[],
  { ends }: ConsoleSession,
): NewAdministrator => ({
  tenant,
  keyId,
  key,
  subject,
  name,
  roles,
  expiresAt: ends.at.toISOString(),
  endsBy: ends.by,
});
