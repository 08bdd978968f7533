import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { organisation, product, type Organisation } from '../support/product.js';
import { openBrowser, visit } from './browser.js';

jest.setTimeout(90_000);

/** As it is sent: compressed. */
const FIRST_VISIT_BYTES = 200_000;
const FORMULA = '=HYPERLINK("http://evil.test","x")';

describe('the console', () => {
  let acme: Organisation;
  let browser: Browser;
  const ask = (path: string, init: RequestInit = {}) => fetch(product.endpoints.console.url + path, init);
  beforeAll(async () => {
    [acme, browser] = await Promise.all([organisation(2), openBrowser()]);
    await acme.curfew.person('ada', acme.clientIds);
    await acme.curfew.open('bob', acme.clientIds[0]!, { device: { id: 'd-1', name: FORMULA } });
  });
  afterAll(async () => {
    await browser.close();
    await acme.close();
  });

  it('DB-05 exports no formula a spreadsheet would run; a first visit loads 200 kB at most', async () => {
    const { page } = await visit(browser, acme.curfew);
    const loaded = await page.evaluate(() =>
      (performance.getEntries() as PerformanceResourceTiming[])
        .filter(({ name, encodedBodySize }) => encodedBodySize > 0 && !name.includes('/api/'))
        .map(({ encodedBodySize }) => encodedBodySize),
    );
    expect(loaded.length).toBeGreaterThan(2); // the page, its script and its styles
    expect(loaded.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(FIRST_VISIT_BYTES);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Export CSV/ }).click();
    const csv = readFileSync(await (await download).path(), 'utf8');
    expect(csv).toContain(`"'=HYPERLINK(`);
    expect(csv).not.toMatch(/(^|,)"?=/m);
    await page.context().close();
  });

  it('a link signs in once, an application’s key never, and the cookie is no script’s', async () => {
    const { path } = await acme.curfew.call<{ path: string }>('console', 'POST', '/console/api/sign-in-links');
    const signIn = (body: object) =>
      ask('/console/api/sign-in', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-curfew-console': '1' },
        body: JSON.stringify(body),
      });
    const link = path.split('#')[1]!;
    const both = await Promise.all([signIn({ link }), signIn({ link })]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
    const cookie = both.map(({ headers }) => headers.get('set-cookie')).find((one) => one !== null)!;
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    expect((await signIn({ link })).status).toBe(401);
    const application = await acme.curfew.newKey({ roles: ['application'], clientId: acme.clientIds[0] });
    expect((await signIn({ key: application.key })).status).toBe(401);
    expect((await ask('/console/api/v1/sessions')).status).toBe(401);
    const page = await ask('/console');
    expect(page.headers.get('content-security-policy')).toMatch(
      /default-src 'none'; script-src 'self'; style-src 'self'/,
    );
    // Another site can send the cookie's holder here, and not the header.
    const forged = await ask('/console/api/v1/revocations', {
      method: 'POST',
      headers: { cookie: cookie.split(';')[0]!, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(forged.status).toBe(403);
  });

  it('signs out, and the cookie is worth nothing any more', async () => {
    const { page } = await visit(browser, acme.curfew);
    const cookies = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
    expect((await ask('/console/api/v1/sessions', { headers: { cookie: cookies } })).status).toBe(200);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Curfew' }).waitFor();
    expect((await ask('/console/api/v1/sessions', { headers: { cookie: cookies } })).status).toBe(401);
    await page.context().close();
  });
});
