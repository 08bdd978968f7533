import type { CurfewEvent } from '@curfew/contracts';
import { CheckDestination, permissionsOf, type Principal } from '@curfew/runtime';
import { openServiceDatabase, type ServiceDatabase } from '@curfew/testing';
import { policy } from '../policy.module.js';
import { ApiKeyStore } from '../tenant/api-key.store.js';
import { IssueApiKey } from '../tenant/issue-api-key.js';
import { AdministratorStore } from './administrator.store.js';
import { ConfigureSignIn } from './configure-sign-in.js';
import { ConsoleSessions, SessionRefused, type ConsoleSession, type Ending } from './console-sessions.client.js';
import { EndSignIns } from './end-sign-ins.js';
import {
  IdentityProvider,
  NotSignedIn,
  type Checks,
  type Identity,
  type LoggedOut,
} from './identity-provider.client.js';
import { KeepSignedIn } from './keep-signed-in.js';
import { SignAdministratorIn } from './sign-administrator-in.js';
import { SignInSettingsStore } from './sign-in-settings.store.js';
import type { SignInSettings } from './sign-in-settings.js';

const SETTINGS: SignInSettings = {
  ...{ issuer: 'http://127.0.0.1:9', clientId: 'curfew', application: 'curfew-console', scope: 'openid' },
  ...{ subjectClaim: 'sub', rolesClaim: 'groups', roles: [{ value: 'soc', role: 'responder' }], stepUpAcr: null },
  stepUpSeconds: null,
};
const CALLBACK = 'http://127.0.0.1/console/callback?code=c&state=s';
const NOBODY = { ip: null, userAgent: null };
const IN_AN_HOUR = (): Ending => ({ at: new Date(Date.now() + 3_600_000), by: 'idle' });

/** Who signed in, as the test says. */
class SaidProvider extends IdentityProvider {
  sub = 'ada';
  groups: unknown = ['soc'];
  authenticatedAt = new Date();
  acr: string | null = null;
  begin(_: unknown, { maxAge }: { maxAge: number | null }): Promise<{ url: string; checks: Checks }> {
    return Promise.resolve({ url: 'https://id', checks: { state: 's', nonce: 'n', verifier: 'v', maxAge } });
  }
  finish(): Promise<Identity> {
    const { sub, groups, authenticatedAt, acr } = this;
    const identity = { sub, sid: 'idp-1', claims: { sub, groups }, authenticatedAt, acr, idToken: 'token' };
    return sub ? Promise.resolve(identity) : Promise.reject(new NotSignedIn('refused'));
  }
  signOutUrl = (): Promise<string> => Promise.resolve('https://id/end');
  readLogoutToken = (): Promise<LoggedOut> => Promise.resolve({ sub: this.sub, sid: null });
}

/** A registry that opens what it is not told to refuse; `killed` between opening and the next look. */
class SaidSessions extends ConsoleSessions {
  refusal: string | undefined;
  alive = true;
  opened = 0;
  ended: string[] = [];
  open(_: unknown, { sid }: { sid?: string }): Promise<ConsoleSession> {
    if (this.refusal) return Promise.reject(new SessionRefused(this.refusal));
    const id = sid ?? `s-${++this.opened}`;
    return Promise.resolve({ id, sid: id, ends: IN_AN_HOUR() });
  }
  touch = (): Promise<Ending | undefined> => Promise.resolve(this.alive ? IN_AN_HOUR() : undefined);
  end = (_: unknown, sessionId: string): Promise<void> => Promise.resolve(void this.ended.push(sessionId));
  readLogoutToken = (): Promise<LoggedOut> => Promise.resolve({ sub: null, sid: `s-${this.opened}` });
}

describe('administrators who sign in', () => {
  let database: ServiceDatabase;
  let tenants = 0;

  beforeAll(async () => {
    database = await openServiceDatabase('policy', policy.migrations);
  });
  afterAll(() => database.close());

  async function organisation() {
    const tenant = `t-${++tenants}`;
    const { unitOfWork } = database;
    const config = { ...database.config, issuer: 'http://curfew', allowedPrivateDestinations: ['127.0.0.0/8'] };
    const [settings, store, keyStore] = [new SignInSettingsStore(), new AdministratorStore(), new ApiKeyStore()];
    const issue = new IssueApiKey(config, keyStore);
    const end = new EndSignIns(store, issue);
    const [provider, sessions] = [new SaidProvider(), new SaidSessions()];
    const configure = new ConfigureSignIn(config, unitOfWork, settings, new CheckDestination(config), issue, end);
    const signIn = new SignAdministratorIn(
      ...([config, unitOfWork, settings, configure, provider] as const),
      ...([sessions, store, issue, end] as const),
    );
    const keep = new KeepSignedIn(
      ...([config, unitOfWork, settings, store, sessions] as const),
      ...([provider, signIn, end, issue] as const),
    );
    const owner = { tenant, actor: 'key:owner', permissions: permissionsOf(['owner'], null) } as unknown as Principal;
    await configure.put(owner, SETTINGS, 'secret', '"0"');
    const whole = async (again?: Principal) =>
      signIn.finish((await signIn.begin(tenant, 'http://127.0.0.1/console/callback', again)).attempt, CALLBACK, NOBODY);
    const principalOf = (keyId: string, subject = 'ada'): Principal =>
      ({
        ...{ tenant, keyId, actor: `person:${subject}` },
        person: { subject, name: subject, authenticatedAt: new Date(0), acr: null },
      }) as unknown as Principal;
    const keys = async () =>
      (
        await database.owner.query<{ key_id: string; revoked: boolean; person: { authenticatedAt: string } | null }>(
          'SELECT key_id, revoked_at IS NOT NULL AS revoked, person FROM api_keys WHERE tenant = $1 ORDER BY key_id',
          [tenant],
        )
      ).rows;
    const facts = async (type: string) =>
      (
        await database.owner.query<{ message: string }>('SELECT message FROM outbox WHERE tenant = $1 ORDER BY id', [
          tenant,
        ])
      ).rows
        .map(({ message }) => JSON.parse(message) as CurfewEvent<{ because?: string; again?: boolean }>)
        .filter((event) => event.type.includes(type));
    return { tenant, owner, configure, provider, sessions, signIn, keep, whole, principalOf, keys, facts };
  }
  const codeOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'done',
      ({ code }: { code: unknown }) => code,
    );

  it('get a key of their own roles that dies with their session, and nobody else’s', async () => {
    const { whole, keep, sessions, principalOf, keys, facts } = await organisation();
    const { key, keyId, roles } = await whole();
    expect([key?.slice(0, 4), roles]).toEqual(['cfw_', ['responder']]);
    expect((await facts('api-key.created')).map(({ actor }) => actor)).toEqual(['key:owner', 'person:ada']);
    expect(await keep.renew(principalOf(keyId))).toMatchObject({ endsBy: 'idle' });
    sessions.alive = false;
    expect(await codeOf(keep.renew(principalOf(keyId)))).toBe('unauthenticated');
    expect((await keys()).find((one) => one.key_id === keyId)!.revoked).toBe(true);
    sessions.alive = true;
    expect(await codeOf(keep.renew(principalOf(keyId)))).toBe('unauthenticated'); // over stays over
    expect((await facts('signed-out')).map(({ data }) => data.because)).toEqual(['session_ended']);
  });

  it.each([
    ['has no role', 'no_console_role', (o: { provider: SaidProvider }) => (o.provider.groups = ['sales'])],
    ['is barred', 'subject_barred', (o: { sessions: SaidSessions }) => (o.sessions.refusal = 'subject_barred')],
  ] as const)('get none who %s, and it stands in the audit trail', async (_, code, make) => {
    const org = await organisation();
    make(org);
    expect(await codeOf(org.whole())).toBe(code);
    expect(await org.keys()).toHaveLength(1); // the console's own
    expect((await org.facts('administrator.refused')).map(({ data }) => data.because)).toEqual([code]);
  });

  it('get none for what the provider did not confirm, nor for an attempt that is not ours or is of other settings', async () => {
    const { tenant, owner, configure, provider, signIn, whole } = await organisation();
    const { attempt } = await signIn.begin(tenant, 'http://127.0.0.1/console/callback');
    expect(await codeOf(signIn.finish(`${attempt.slice(0, -4)}AAAA`, CALLBACK, NOBODY))).toBe('sign_in_expired');
    await configure.put(owner, { ...SETTINGS, scope: 'openid groups' }, undefined, '"1"');
    expect(await codeOf(signIn.finish(attempt, CALLBACK, NOBODY))).toBe('sign_in_expired');
    provider.sub = '';
    expect(await codeOf(whole())).toBe('sign_in_refused');
  });

  it('who is killed between opening the session and the key is not signed in', async () => {
    const { whole, sessions, keys } = await organisation();
    sessions.alive = false;
    expect(await codeOf(whole())).toBe('authenticated_before_revocation');
    expect((await keys()).filter(({ person }) => person).map(({ revoked }) => revoked)).toEqual([true]);
  });

  it('prove once more who they are: the same key, authenticated later; nobody else can do it for them', async () => {
    const { whole, provider, principalOf, keys, facts } = await organisation();
    const { keyId } = await whole();
    provider.authenticatedAt = new Date(Date.now() + 30_000);
    expect(await whole(principalOf(keyId))).toMatchObject({ keyId, key: null });
    const { person } = (await keys()).find((one) => one.key_id === keyId)!;
    expect(person!.authenticatedAt).toBe(provider.authenticatedAt.toISOString());
    provider.sub = 'bob';
    expect(await codeOf(whole(principalOf(keyId)))).toBe('other_person');
    expect((await facts('administrator.signed-in')).map(({ data }) => data.again)).toEqual([false, true]);
  });

  it('AD-01 the key says what is asked before a destructive act; a sign of life does not make it an older or a fresher one', async () => {
    const { owner, configure, whole, provider, principalOf, keep, keys } = await organisation();
    await configure.put(owner, { ...SETTINGS, stepUpAcr: 'strong', stepUpSeconds: 300 }, undefined, '"1"');
    provider.authenticatedAt = new Date(Date.now() - 3_600_000); // at the provider since an hour
    const { keyId } = await whole();
    const personOf = async () => (await keys()).find((one) => one.key_id === keyId)!.person;
    const asked = { seconds: 300, acr: 'strong' };
    expect(await personOf()).toMatchObject({ acr: null, stepUp: asked });
    const before = principalOf(keyId); // as a service believes for a second more
    [provider.authenticatedAt, provider.acr] = [new Date(), 'strong'];
    await whole(before);
    const proved = { acr: 'strong', authenticatedAt: provider.authenticatedAt.toISOString(), stepUp: asked };
    expect(await personOf()).toMatchObject(proved);
    await keep.renew(before);
    expect(await personOf()).toMatchObject(proved);
  });

  it('are signed out by the provider, by Curfew, and by other settings; each once', async () => {
    const { tenant, owner, configure, keep, whole, sessions, facts } = await organisation();
    const token = (iss: string): string => `e30.${Buffer.from(JSON.stringify({ iss })).toString('base64url')}.x`;
    await whole();
    await keep.readLogoutToken(tenant, token(SETTINGS.issuer));
    await keep.readLogoutToken(tenant, token(SETTINGS.issuer));
    expect(sessions.ended).toEqual(['s-1']); // its session of the console is over as well
    await whole();
    await keep.readLogoutToken(tenant, token('http://curfew'));
    await whole();
    await configure.put(owner, { ...SETTINGS, roles: [] }, undefined, '"1"');
    expect((await facts('signed-out')).map(({ data }) => data.because)).toEqual([
      'provider_logout',
      'session_ended',
      'provider_changed',
    ]);
  });

  it('settings: no save is lost, a secret is never shown to another provider, private addresses are refused', async () => {
    const { owner, configure } = await organisation();
    expect(await codeOf(configure.put(owner, SETTINGS, 'x', undefined))).toBe('precondition_required');
    expect(await codeOf(configure.put(owner, SETTINGS, 'x', '"0"'))).toBe('precondition_failed');
    const moved = { ...SETTINGS, issuer: 'http://127.0.0.2:9' };
    expect(await codeOf(configure.put(owner, moved, undefined, '"1"'))).toBe('unprocessable_field');
    const inside = { ...SETTINGS, issuer: 'http://10.0.0.1' };
    expect(await codeOf(configure.put(owner, inside, 'x', '"1"'))).toBe('destination_forbidden');
    const narrow = { ...owner, permissions: permissionsOf(['admin'], null) };
    const mighty = { ...SETTINGS, roles: [{ value: 'x', role: 'owner' as const }] };
    expect(await codeOf(configure.put(narrow, mighty, 'x', '"1"'))).toBe('role_not_grantable');
    expect(JSON.stringify(await configure.get(owner.tenant))).not.toContain('"secret"');
  });
});
