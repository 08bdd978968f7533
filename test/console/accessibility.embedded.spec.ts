import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { organisation, type Organisation } from '../support/product.js';
import { go, openBrowser, visit } from './browser.js';

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
async function seriousOn(page: Page, rules?: readonly string[]): Promise<string[]> {
  const options = { resultTypes: ['violations'], ...(rules ? { runOnly: rules } : {}) };
  const { violations } = (await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`)) as AxeResult;
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
    // Each field that comes from outside, and stands on some page.
    await acme.curfew.call('registry', 'PUT', '/v1/subjects/mallory', {
      ...{ identifiers: { email: SCRIPT, badge: SCRIPT }, groups: [SCRIPT] },
      attributes: { region: SCRIPT, clearance: SCRIPT },
    });
    await acme.curfew.register([{ clientId: 'evil' }], { name: SCRIPT });
    await acme.curfew.open('mallory', 'evil', { device: { id: SCRIPT, name: SCRIPT }, userAgent: SCRIPT });
    await acme.curfew.call('signals', 'POST', '/v1/signals', {
      ...{ type: 'risk.raised', eventId: 'e-1', subject: { id: 'nobody' }, reason: SCRIPT },
      occurredAt: new Date().toISOString(),
    });
    await acme.curfew.call('signals', 'PUT', '/v1/shifts/night', {
      ...{ name: SCRIPT, ward: SCRIPT, zone: 'UTC', start: '2026-01-01T22:00', end: '2026-01-02T06:00' },
      ...{ recurrence: 'FREQ=DAILY', staff: [{ id: SCRIPT }], workstations: [SCRIPT] },
    });
    await acme.curfew.open('bob', acme.clientIds[0]!, { device: { id: 'd-1', name: SCRIPT }, userAgent: SCRIPT });
  });
  afterAll(async () => {
    await browser.close();
    await acme.close();
  });

  it('has nothing axe-core finds serious, light and dark, and what comes from outside stays text', async () => {
    const { page, faults } = await visit(browser, acme.curfew);
    const [revocation] = (
      await acme.curfew.call<{ items: { revocationId: string }[] }>('registry', 'GET', '/v1/revocations')
    ).items;
    const [session] = await acme.curfew.sessions({ subject: 'ada' });
    // The policy of the page forbids scripts from elsewhere; what the test brings along is no part of the page.
    const pages = [
      '/',
      '/revocations',
      `/revocations/${revocation!.revocationId}`,
      '/approvals',
      '/overview',
      '/shifts',
      '/shifts/new',
      '/shifts/of/night',
      '/shifts/duties',
      '/shifts/crossings',
      '/policies',
      '/policies/of/subject%3Aada',
      '/policies/sign-in',
      '/policies/assignments',
      '/policies/history',
      '/applications',
      `/applications/${acme.clientIds[0]}`,
      '/applications/evil',
      '/signals',
      '/audit',
      '/keys',
      '/people/ada',
      '/people/mallory',
      '/devices/d-1',
      `/devices/${encodeURIComponent(SCRIPT)}`,
      `/sessions/${session!.id}`,
      '/nothing',
    ];
    await page.evaluate(AXE);
    for (const at of pages) {
      await go(page, at);
      await page.emulateMedia({ colorScheme: 'light' });
      expect([at, 'light', await seriousOn(page)]).toEqual([at, 'light', []]);
      await page.emulateMedia({ colorScheme: 'dark' }); // where nothing but the colours is another
      expect([at, 'dark', await seriousOn(page, ['color-contrast'])]).toEqual([at, 'dark', []]);
      expect(await page.evaluate('window.pwned')).toBeUndefined();
    }
    await go(page, '/');
    await page.getByRole('grid').focus();
    await page.keyboard.press(' ');
    await page.getByRole('grid').press('k');
    await page.locator('.sum').waitFor();
    expect(await seriousOn(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });
});
