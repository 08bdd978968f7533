import type { Browser, Page } from 'playwright-core';
import { organisation, product, type Organisation } from '../support/product.js';
import { Provider } from '../support/provider.js';
import { until } from '../support/until.js';
import { openBrowser } from './browser.js';

jest.setTimeout(90_000);

const ROLES = [
  { value: 'soc', role: 'responder' },
  { value: 'audit', role: 'auditor' },
];

/** Administrators who come through their tenant's own provider, a real one. */
describe('the console', () => {
  let acme: Organisation;
  let browser: Browser;
  let provider: Provider;
  const { url } = product.endpoints.console;

  beforeAll(async () => {
    [acme, browser] = await Promise.all([organisation(1), openBrowser()]);
    provider = await Provider.start(url, acme.tenant);
    const { curfew, tenant } = acme;
    const backchannelLogoutUri = `${url}/console/back-channel-logout/${tenant}`;
    await curfew.register([{ clientId: 'curfew-console', backchannelLogoutUri }]);
    const settings = {
      ...{ issuer: provider.issuer, clientId: Provider.clientId, clientSecret: Provider.clientSecret },
      ...{ scope: 'openid profile groups', roles: ROLES, stepUpAcr: 'urn:test:strong' },
    };
    const headers = { 'if-match': '"0"' };
    await curfew.call('policy', 'PUT', '/v1/administrator-sign-in', settings, { headers });
    await curfew.person('bob', acme.clientIds);
  });
  afterAll(async () => {
    await browser.close();
    await provider.stop();
    await acme.close();
  });

  /** As somebody signs in: at the console, then at the provider. */
  async function signIn(
    login: string,
    watch: (page: Page) => unknown = () => undefined,
  ): Promise<{ page: Page; faults: string[] }> {
    const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    watch(page);
    await page.goto(`${url}/console/revocations`);
    await begin(page, login);
    return { page, faults };
  }
  async function toProvider(page: Page): Promise<void> {
    await page.getByLabel('Organisation').fill(acme.tenant);
    await page.getByRole('button', { name: 'Sign in with your organisation' }).click();
  }
  async function begin(page: Page, login: string): Promise<void> {
    await toProvider(page);
    await page.getByLabel('Login').fill(login);
    await page.getByRole('button', { name: 'Go' }).click();
  }
  /** What is the same in both forms is looked at in one. */
  const once: typeof it = (product.form === 'embedded' ? it : () => undefined) as typeof it;
  const live = (page: Page) => page.getByText('Live', { exact: true }).waitFor();
  const sessionsOf = (subject: string) => acme.curfew.sessions({ subject, clientId: 'curfew-console', status: 'live' });

  once(
    'signs somebody in as what their groups make them, back where they were; the services hold them to it, and the audit trail names them',
    async () => {
      let callback = '';
      const { page, faults } = await signIn('ada@soc,nobody', (of) =>
        of.on('request', (request) => {
          if (request.url().includes('/console/callback')) callback = request.url();
        }),
      );
      await live(page);
      await page.getByRole('heading', { name: 'Revocations' }).waitFor();
      await page.getByText('ADA', { exact: true }).waitFor();
      await page.getByText('responder', { exact: true }).waitFor();
      expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(0);
      const statuses = await page.evaluate(async () => {
        const send = async (path: string, body?: object): Promise<number> =>
          (
            await fetch(`/console/api/v1/${path}`, {
              method: body ? 'POST' : 'GET',
              headers: { 'content-type': 'application/json', 'x-curfew-console': '1' },
              ...(body ? { body: JSON.stringify(body) } : {}),
            })
          ).status;
        return [
          await send('revocations', { target: { subject: 'bob' }, reason: 'a test' }),
          await send('audit'),
          await send('api-keys', { name: 'mine', roles: ['owner'] }),
          await send('administrators/renew', {}), // its server's affair
        ];
      });
      expect(statuses).toEqual([202, 403, 403, 404]);
      const actor = encodeURIComponent('person:ada@soc,nobody');
      await until('the audit trail names the person', async () => {
        const path = `/v1/audit?type=curfew.revocation.started.v1&actor=${actor}`;
        const { items } = await acme.curfew.call<{ items: unknown[] }>('audit', 'GET', path);
        return items.length === 1;
      });
      expect(await sessionsOf('ada@soc,nobody')).toHaveLength(1);
      // The way back works once, and for nobody else.
      const again = await fetch(callback, { redirect: 'manual' });
      expect(again.headers.get('location')).toBe('/console/sign-in?refused=sign_in_expired');
      await page.goto(callback);
      await page.getByText('took too long').waitFor();
      expect(faults).toEqual([]);
      await page.context().close();
    },
  );

  once('refuses who has no role there, and says why', async () => {
    const { page, faults } = await signIn('mallory@sales');
    await page.getByText('have no role here').waitFor();
    expect((await acme.curfew.sessions({ subject: 'mallory@sales' })).length).toBe(0);
    const cookies = await page.context().cookies(url);
    expect(cookies.filter(({ name, value }) => name.includes('curfew') && value !== '')).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('obeys Curfew: who is terminated is out of the console as of everything else, and stays out', async () => {
    const fay = 'fay@audit';
    await acme.curfew.call('registry', 'PUT', `/v1/subjects/${fay}`, { identifiers: { employeeId: 'fay' } });
    const { page } = await signIn(fay);
    await live(page);
    await acme.curfew.terminate('fay');
    await page.getByText('your organisation ended this session').waitFor();
    await toProvider(page); // which knows her still, and asks nothing
    await page.getByText('Your access was ended').waitFor();
    const [told] = (
      await acme.curfew.call<{ items: { state: string }[] }>('fanout', 'GET', '/v1/deliveries?clientId=curfew-console')
    ).items;
    expect(told!.state).toBe('accepted');
    await page.context().close();
  });

  once('LT-09 signs out after as long without activity as the tenant’s policy says, with the reason', async () => {
    const gus = 'gus@soc';
    await acme.curfew.call('registry', 'PUT', `/v1/subjects/${gus}`, { identifiers: { employeeId: 'gus' } });
    await until('policy knows him', async () => {
      const override = { values: { idleSeconds: 2 } };
      const path = `/v1/policies/overrides/subject/${encodeURIComponent(gus)}`;
      return (await acme.curfew.ask('policy', 'PUT', path, override, { headers: { prefer: 'wait=5' } })).status === 202;
    });
    const { page } = await signIn(gus);
    await page.getByText('Live', { exact: true }).or(page.getByText('nothing happened')).first().waitFor();
    await until('his session is over', async () => (await sessionsOf(gus)).length === 0);
    await page.goto(`${url}/console/overview`);
    await page.getByText('nothing happened for as long as your organisation allows').waitFor();
    await page.context().close();
  });

  once('signs out at the provider too; and who signs out there is signed out here', async () => {
    const { page } = await signIn('eve@audit');
    await live(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: /sign me out/i }).click();
    await page.getByRole('heading', { name: 'Sign in to Curfew' }).waitFor();
    await until('her session is over', async () => (await sessionsOf('eve@audit')).length === 0);

    await begin(page, 'eve@audit'); // asked anew: the provider had forgotten her
    await live(page);
    const other = await page.context().newPage();
    await other.goto(`${provider.issuer}/session/end`);
    await other.getByRole('button', { name: /sign me out/i }).click();
    await page.getByText('your organisation ended this session').waitFor();
    await page.context().close();
  });

  once(
    'AD-01 what takes a fresh sign-in is asked for again after it, in a window of its own, and nothing that was typed is lost',
    async () => {
      const { curfew } = acme;
      const path = '/v1/administrator-sign-in';
      const saved = await curfew.ask('policy', 'GET', path);
      const headers = { 'if-match': String(saved.headers.etag) };
      await curfew.call('policy', 'PUT', path, { ...saved.body, stepUpSeconds: 300 }, { headers });
      await curfew.person('iris', acme.clientIds);
      const { page, faults } = await signIn('hal@soc');
      await live(page);
      await page.goto(`${url}/console/people/iris`);
      await page.getByRole('button', { name: 'End access…' }).click();
      await page.getByLabel('Reason').fill('stolen laptop');
      await page.getByRole('button', { name: 'End 1 session' }).click();
      const asked = page.getByRole('dialog', { name: 'Confirm that it is you' });
      await asked.getByRole('button', { name: 'Cancel' }).click();
      await page.getByText('It takes a fresh confirmation').waitFor();
      expect(await curfew.sessions({ subject: 'iris', status: 'live' })).toHaveLength(1);
      await page.getByRole('button', { name: 'End 1 session' }).click();
      const [popup] = await Promise.all([
        page.waitForEvent('popup'),
        asked.getByRole('button', { name: 'Confirm at your organisation' }).click(),
      ]);
      await popup.getByLabel('Login').fill('hal@soc'); // asked anew, and for more, though the provider knows who is signed in
      await popup.getByRole('button', { name: 'Go' }).click();
      await page.locator('.tag', { hasText: 'Accepted' }).waitFor();
      const [ended] = await curfew.sessions({ subject: 'iris' });
      expect(ended).toMatchObject({ status: 'ended', reason: 'stolen laptop' });
      const { items } = await curfew.call<{ items: { data: { again: boolean } }[] }>(
        'audit',
        'GET',
        `/v1/audit?type=curfew.administrator.signed-in.v1&actor=${encodeURIComponent('person:hal@soc')}`,
      );
      expect(items.map(({ data }) => data.again)).toEqual([true, false]);
      expect(faults).toEqual([]);
      await page.context().close();
    },
  );
});
