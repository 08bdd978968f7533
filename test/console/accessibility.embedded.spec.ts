import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { organisation, type Organisation } from '../support/product.js';
import { openBrowser, visit } from './browser.js';

jest.setTimeout(90_000);

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const SCRIPT = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>';

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** Serious or worse, as axe-core sees it. */
async function seriousOn(page: Page): Promise<string[]> {
  const { violations } = (await page.evaluate('axe.run(document)')) as AxeResult;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

/** The pages are the same in both forms, so they are looked at in one. */
describe('every page of the console', () => {
  let acme: Organisation;
  let browser: Browser;
  beforeAll(async () => {
    [acme, browser] = await Promise.all([organisation(2), openBrowser()]);
    await acme.curfew.person('ada', acme.clientIds);
    await acme.curfew.revoke({ subject: 'ada' }, { reason: SCRIPT });
    await acme.curfew.open('bob', acme.clientIds[0]!, { device: { id: 'd-1', name: SCRIPT }, userAgent: SCRIPT });
  });
  afterAll(async () => {
    await browser.close();
    await acme.close();
  });

  it('has nothing axe-core finds serious, light and dark, and what comes from outside stays text', async () => {
    const { page, url, faults } = await visit(browser, acme.curfew);
    const [revocation] = (
      await acme.curfew.call<{ items: { revocationId: string }[] }>('registry', 'GET', '/v1/revocations')
    ).items;
    const [session] = await acme.curfew.sessions({ subject: 'ada' });
    // The policy of the page forbids scripts from elsewhere; what the test brings along is no part of the page.
    const pages = [
      '/',
      '/revocations',
      `/revocations/${revocation!.revocationId}`,
      '/overview',
      '/policies',
      '/policies/of/subject%3Aada',
      '/policies/sign-in',
      '/policies/history',
      '/applications',
      `/applications/${acme.clientIds[0]}`,
      '/signals',
      '/audit',
      '/keys',
      '/people/ada',
      '/devices/d-1',
      `/sessions/${session!.id}`,
      '/nothing',
    ];
    for (const at of pages) {
      await page.goto(`${url}/console${at}`);
      await page.getByText('Live', { exact: true }).waitFor();
      await page.locator('.pulse').first().waitFor({ state: 'detached' });
      await page.evaluate(AXE);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect([at, colorScheme, await seriousOn(page)]).toEqual([at, colorScheme, []]);
      }
      expect(await page.evaluate('window.pwned')).toBeUndefined();
    }
    await page.goto(`${url}/console/`);
    await page.getByRole('grid').focus();
    await page.keyboard.press(' ');
    await page.getByRole('grid').press('k');
    await page.locator('.sum').waitFor();
    await page.evaluate(AXE);
    expect(await seriousOn(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });
});
