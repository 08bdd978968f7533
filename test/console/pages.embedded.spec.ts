import type { Browser } from 'playwright-core';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';
import { openBrowser, visit } from './browser.js';

jest.setTimeout(90_000);

/** The pages are the same in both forms, so they are looked at in one. */
describe('the pages that change something', () => {
  let acme: Organisation;
  let browser: Browser;
  beforeAll(async () => {
    [acme, browser] = await Promise.all([organisation(1), openBrowser()]);
    const { curfew, clientIds } = acme;
    await curfew.call('registry', 'PUT', '/v1/subjects/ada', { groups: ['sre'] });
    await curfew.call('registry', 'PUT', '/v1/subjects/bob', {});
    for (const who of ['ada', 'ada', 'bob']) await curfew.open(who, clientIds[0]!);
  });
  afterAll(async () => {
    await browser.close();
    await acme.close();
  });
  const default_ = () =>
    acme.curfew.call<{ idleSeconds: number; cap: number }>('policy', 'GET', '/v1/policies/default');

  it('LT-08 OP-12 OP-03 shows whom a change reaches and what it does before anything takes effect; leaving asks; a lost save is shown', async () => {
    const { page, url, faults } = await visit(browser, acme.curfew);
    await page.getByRole('link', { name: 'Policies' }).click();
    const editor = page.getByRole('region', { name: 'default' });
    await editor.getByText('2 users affected · 3 live sessions').waitFor();
    await editor.getByRole('textbox', { name: 'idleSeconds' }).fill('15m');
    await editor.getByText('3 sessions get other limits').waitFor();
    await editor.getByRole('row', { name: /idleSeconds 1h 15m tightens/ }).waitFor();
    expect((await default_()).idleSeconds).toBe(3_600);

    const asked: string[] = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.type());
      void dialog.dismiss();
    });
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.goBack();
    await editor.getByRole('textbox', { name: 'idleSeconds' }).waitFor();
    expect(asked.slice(0, 2)).toEqual(['confirm', 'confirm']);
    expect(page.url()).toBe(`${url}/console/policies`);

    await acme.curfew.call('policy', 'PUT', '/v1/policies/default', { ...(await default_()), cap: 2 });
    await editor.getByRole('button', { name: 'Save' }).click();
    await editor.getByText('Somebody else saved version 1 meanwhile').waitFor();
    await editor.getByRole('button', { name: 'Keep mine, compare with theirs' }).click();
    await editor.getByRole('row', { name: /cap 2 3 loosens/ }).waitFor(); // what a save would undo
    await editor.getByRole('textbox', { name: 'cap', exact: true }).fill('2');
    await editor.getByRole('row', { name: /^cap/ }).waitFor({ state: 'detached' });
    await editor.getByRole('button', { name: 'Save' }).click();
    await editor.getByText('Saved as version 2.').waitFor();
    expect(await default_()).toMatchObject({ idleSeconds: 900, cap: 2 });
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('OP-07 OP-08 an override says field by field what it inherits, one looser than the organisation is not saved, and an earlier version holds again', async () => {
    const { page, url, faults } = await visit(browser, acme.curfew);
    await page.goto(`${url}/console/policies`);
    await page.getByLabel('Its id').fill('sre');
    await page.getByRole('button', { name: 'Edit' }).click();
    const editor = page.getByRole('region', { name: 'group:sre' });
    await editor.getByText('1 user affected · 2 live sessions').waitFor();
    const standing = (field: string) => editor.locator(`[data-field="${field}"] .tag`).innerText();
    expect([await standing('cap'), await standing('idleSeconds')]).toEqual([
      'Inherits org defaults',
      'Inherits org defaults',
    ]);
    await editor.getByLabel('Override absoluteSeconds').check();
    await editor.getByRole('textbox', { name: 'absoluteSeconds' }).fill('24h');
    await editor.getByText(/Looser than the organisation.*absoluteSeconds/).waitFor();
    expect(await editor.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await editor.getByRole('textbox', { name: 'absoluteSeconds' }).fill('4h');
    await editor.getByText('2 sessions get other limits').waitFor();
    await editor.getByRole('button', { name: 'Save' }).click();
    await editor.getByText('Saved as version 1.').waitFor();
    expect([await standing('absoluteSeconds'), await standing('cap')]).toEqual([
      'Overrides org',
      'Inherits org defaults',
    ]);

    await page.getByLabel('Person', { exact: true }).fill('ada');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('row', { name: /absoluteSeconds 4h Overrides org group:sre/ }).waitFor();
    await page.getByRole('row', { name: /^cap \S+ Inherits org defaults$/ }).waitFor();

    await page.getByRole('link', { name: 'History' }).click();
    await page.getByRole('button', { name: 'Have version 1 of default hold again?' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revert to this' }).click();
    await page.getByRole('row', { name: /reverted to version 1/ }).waitFor();
    expect(await default_()).toMatchObject({ idleSeconds: 3_600, cap: 2 });
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('N-10 sources and keys: secrets are shown once, a payload is tried, an endpoint is asked, a key is revoked, and what is left of a kill counts down', async () => {
    const { curfew, clientIds } = acme;
    const [clientId] = clientIds as [string];
    const { page, url, faults } = await visit(browser, curfew);
    await page.goto(`${url}/console/signals`);
    await page.getByText('Register a source').first().click();
    await page.getByLabel('Name', { exact: true }).fill('people-system');
    await page.getByRole('button', { name: 'Register a source' }).click();
    const secret = await page.getByText('This secret is shown once').locator('code').innerText();
    expect(secret).toMatch(/^whsec_/);
    await page.getByRole('button', { name: 'Give people-system a new secret?' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'New secret' }).click();
    await page.getByText('This secret is shown once').filter({ hasNotText: secret }).waitFor();
    await page.getByRole('button', { name: 'Refuse what people-system sends' }).click();
    await page.getByText('Refused', { exact: true }).waitFor();
    await page.getByText('Test a payload').click();
    await page.getByLabel('Payload (JSON)').fill('{"data": ');
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('That is not valid JSON.').waitFor();
    await page.reload();
    await page.getByText('people-system').first().waitFor();
    expect(await page.getByText('whsec_').count()).toBe(0);

    await page.goto(`${url}/console/applications/${clientId}`);
    await page.getByRole('button', { name: 'Test the endpoint' }).click();
    await page.getByText(/^Answered 2\d\d after/).waitFor();
    await page.getByText('Make a key for this application').click();
    await page.getByLabel('Name', { exact: true }).fill('payroll');
    await page.getByRole('button', { name: 'Make a key', exact: true }).click();
    const key = await page.getByText('This key is shown once').locator('code').innerText();
    const application = curfew.as(key);
    await until(
      'the key is known',
      async () => (await application.ask('registry', 'GET', '/v1/sessions')).status === 200,
    );
    await page.getByRole('button', { name: 'Revoke the key payroll?' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await until(
      'the key is dead',
      async () => (await application.ask('registry', 'GET', '/v1/sessions')).status === 401,
    );

    const { revocationId } = await curfew.revoke({ subject: 'bob' });
    await page.goto(`${url}/console/revocations/${revocationId}`);
    const residual = page.getByRole('region', { name: 'Residual exposure' });
    await residual.getByText('5m', { exact: true }).first().waitFor();
    await residual.getByText(/^4m \d+s$/).waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('who may only read is shown the same, and offered no change', async () => {
    const { page, url } = await visit(browser, await acme.curfew.newKey({ roles: ['read-only'] }));
    await page.goto(`${url}/console/policies/of/group%3Asre`);
    await page.getByRole('region', { name: 'group:sre' }).waitFor();
    expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
    expect(await page.getByRole('textbox', { name: 'absoluteSeconds' }).isDisabled()).toBe(true);
    await page.goto(`${url}/console/policies/sign-in`);
    await page.locator('.rule').first().waitFor();
    expect(await page.getByRole('button', { name: /Save|Move|Evaluate/ }).count()).toBe(0);
    await page.context().close();
  });
});
