import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { organisation, product, type Organisation } from '../support/product.js';
import { openBrowser, visit, Wire } from './browser.js';

jest.setTimeout(90_000);

/** What a person at the console sees of a kill. */
describe('the console', () => {
  let acme: Organisation;
  let browser: Browser;
  beforeAll(async () => {
    [acme, browser] = await Promise.all([organisation(3), openBrowser()]);
  });
  afterAll(async () => {
    await browser.close();
    await acme.close();
  });

  it('RV-01 DB-01 DB-03 N-16 shows an HR termination as it happens, follows it to each application, and exports what it shows', async () => {
    const { curfew, clientIds } = acme;
    await curfew.person('ada', clientIds);
    await curfew.person('bob', clientIds);
    const { page, faults } = await visit(browser, curfew);
    const rows = (who: string, status: string) =>
      page.locator(`[data-session][data-status="${status}"]`, {
        has: page.getByRole('link', { name: who, exact: true }),
      });
    await rows('ada', 'active').nth(2).waitFor();
    await page.evaluate('window.notReloaded = true');

    await curfew.terminate('ada', { reason: 'left the company' });

    await rows('ada', 'revoked').nth(2).waitFor();
    expect(await rows('ada', 'active').count()).toBe(0);
    expect(await rows('bob', 'active').count()).toBe(3);
    expect(await page.evaluate('window.notReloaded')).toBe(true);
    const download = page.waitForEvent('download');
    await page.getByRole('searchbox', { name: 'Filter sessions' }).fill('user:ada status:revoked');
    await page.getByText('3 of 6 sessions').waitFor();
    await page.getByRole('button', { name: 'Export NDJSON: 3 rows' }).click();
    const exported = readFileSync(await (await download).path(), 'utf8')
      .trim()
      .split('\n');
    const ids = (await curfew.sessions({ subject: 'ada', status: 'ended' })).map(({ id }) => id);
    expect(exported.map((line) => (JSON.parse(line) as { id: string }).id).sort()).toEqual(ids.sort());
    expect(page.url()).toContain('q=user%3Aada');

    await page.getByRole('link', { name: 'left the company' }).first().click();
    await page.getByRole('heading', { name: 'Revocation of person ada' }).waitFor();
    await page.locator('.timeline li.done').nth(4).waitFor();
    await page.locator('.tag', { hasText: 'Accepted' }).nth(2).waitFor();
    await page.getByText('Accepted is not proof').waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('DB-01 catches up after a broken connection, and misses nothing', async () => {
    const { curfew, clientIds } = acme;
    await curfew.person('carl', clientIds);
    await curfew.person('dora', clientIds);
    const wire = await Wire.to(product.endpoints.console.url);
    const { page } = await visit(browser, curfew, wire.url);
    const of = (who: string, status: string) =>
      page.locator(`[data-session][data-status="${status}"]`, {
        has: page.getByRole('link', { name: who, exact: true }),
      });
    await of('carl', 'active').nth(2).waitFor();
    await page.evaluate('window.notReloaded = true');

    wire.cut();
    await page.getByRole('alert').filter({ hasText: 'Connection lost' }).waitFor();
    await curfew.revoke({ subject: 'carl' });
    await curfew.person('emil', clientIds); // somebody new, too
    expect(await of('carl', 'active').count()).toBe(3); // nobody could have told it
    wire.mend();

    await of('carl', 'revoked').nth(2).waitFor();
    await of('emil', 'active').nth(2).waitFor();
    expect(await of('dora', 'active').count()).toBe(3);
    await page.getByText('Live', { exact: true }).waitFor();
    await curfew.revoke({ subject: 'dora' });
    await of('dora', 'revoked').nth(2).waitFor();
    expect(await page.evaluate('window.notReloaded')).toBe(true);
    await page.context().close();
    await wire.close();
  });

  it('N-03 RV-14 ends one session by keyboard alone: select, look, say why, watch', async () => {
    const { curfew, clientIds } = acme;
    await curfew.person('fay', clientIds);
    const { page } = await visit(browser, curfew);
    await page.getByRole('searchbox').focus();
    await page.keyboard.type('user:fay');
    await page.getByText(/^3 of/).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press(' ');
    await page.keyboard.press('k');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Ends 1 session of 1 person').waitFor();
    await page.keyboard.type('laptop stolen');
    await page.keyboard.press('Enter');
    await dialog.locator('.tag', { hasText: 'Accepted' }).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(await page.locator('[data-status="revoked"]').count()).toBe(1);
    const live = await curfew.sessions({ subject: 'fay', status: 'live' });
    expect(live).toHaveLength(2);
    await page.context().close();
  });
});
