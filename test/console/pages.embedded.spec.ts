import type { Browser } from 'playwright-core';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';
import { openBrowser, visit } from './browser.js';

jest.setTimeout(90_000);

const SCRIPT = '<img src=x onerror="window.pwned=1">';

interface Policy {
  readonly name: string;
  readonly rules: readonly { readonly name: string; readonly priority: number }[];
}

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

  it('SP-06 SI-05 rules are put in order by keyboard, saved as a whole, and asked as somebody', async () => {
    const { curfew } = acme;
    const made = await until('policy knows the group', async () => {
      const policy = { name: `Office ${SCRIPT}`, priority: 500, assignment: { groups: ['sre'] } };
      const answer = await curfew.ask<{ policyId: string }>('policy', 'POST', '/v1/sign-in-policies', policy);
      return answer.status === 201 && answer;
    });
    const { policyId } = made.body;
    const path = `/v1/sign-in-policies/${policyId}`;
    const rules = [
      { ruleId: 'let', name: 'Let in', priority: 200, action: 'ALLOW', profile: 'default' },
      { ruleId: 'deny', name: `Deny ${SCRIPT}`, priority: 100, action: 'DENY' },
    ];
    const headers = { 'if-match': String(made.headers.etag) };
    await curfew.call('policy', 'PATCH', path, { rules }, { headers });

    const { page, url, faults } = await visit(browser, curfew);
    await page.goto(`${url}/console/policies/sign-in/${policyId}`);
    const order = () =>
      page.locator('.rule').evaluateAll((items) => items.map((item) => item.getAttribute('data-rule')));
    await page.locator('.rule').nth(1).waitFor();
    await page.getByRole('button', { name: /^Move Let in/ }).focus();
    await page.keyboard.press('Space');
    await until('it has moved', async () => {
      await page.keyboard.press('ArrowDown'); // what is not measured yet does not move
      return (await page.getByText('Let in is now at place 2 of 2').count()) > 0;
    });
    await page.keyboard.press('Space');
    await page.getByText(/Let in dropped at place 2/).waitFor({ state: 'attached' });
    expect(await order()).toEqual([rules[1]!.name, 'Let in']);
    const saved = () => curfew.call<Policy>('policy', 'GET', path);
    expect((await saved()).rules[0]!.name).toBe('Let in'); // nothing before Save
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved as version 3.').waitFor();
    expect((await saved()).rules.map(({ name, priority }) => [name, priority])).toEqual([
      [rules[1]!.name, 200],
      ['Let in', 100],
    ]);

    // With the mouse back to where it was, and discarded.
    const [handle, top] = await Promise.all([
      page.getByRole('button', { name: /^Move Let in/ }).boundingBox(),
      page.locator('.rule').first().boundingBox(),
    ]);
    await page.mouse.move(handle!.x + 5, handle!.y + 5);
    await page.mouse.down();
    await page.mouse.move(handle!.x + 5, top!.y + 5, { steps: 8 });
    await page.mouse.up();
    await until('it has moved back', async () => (await order())[0] === 'Let in');
    await until('it is as it was saved', async () => {
      await page.getByRole('button', { name: 'Discard' }).first().click(); // none counts in the moment after a drop
      return (await order())[0] !== 'Let in';
    });

    // Ways to sign in and what guards them are edited on the same page.
    await page.locator('summary', { hasText: 'Add a way to sign in' }).click();
    await page.locator('details[open]').getByLabel('Name', { exact: true }).fill('passkeys');
    await page.getByRole('button', { name: 'Add a way to sign in' }).click();
    await page.getByRole('row', { name: /^passkeys/ }).waitFor();
    await page.getByLabel('Second factor from risk').fill('40');
    await page.getByRole('button', { name: 'Save protection' }).click();
    await until('the protection is saved', async () => {
      const { risk } = await curfew.call<{ risk: { mfaAt: number } }>('policy', 'GET', '/v1/sign-in-protection');
      return risk.mfaAt === 40;
    });

    const ask = page.locator('form', { has: page.getByRole('button', { name: 'Evaluate' }) });
    await ask.getByLabel('Person').fill('ada');
    await ask.getByRole('button', { name: 'Evaluate' }).click();
    await page.locator('.decision').getByText('DENY', { exact: true }).waitFor();
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('DB-07 what an application’s sessions may do is set from its page: token lifetime, cap, idle limit and triggers', async () => {
    const { curfew, clientIds } = acme;
    const [clientId] = clientIds as [string];
    const { page, url, faults } = await visit(browser, curfew);
    await page.goto(`${url}/console/applications/${clientId}`);
    await page.getByRole('link', { name: 'What its sessions may do' }).click();
    const editor = page.getByRole('region', { name: `application:${clientId}` });
    expect(await editor.getByLabel('Override cap', { exact: true }).count()).toBe(0); // counted over all of them
    for (const [field, value] of [
      ['accessTokenSeconds', '2m'],
      ['idleSeconds', '10m'],
      ['applicationCap', '1'],
      ['triggers', 'employment.terminated'],
    ] as const) {
      await editor.getByLabel(`Override ${field}`).check();
      if (field === 'applicationCap') await editor.getByLabel('applicationCap: Off').uncheck();
      await editor.getByRole('textbox', { name: field, exact: true }).fill(value);
    }
    await editor.getByRole('button', { name: 'Save' }).click();
    await editor.getByText('Saved as version 1.').waitFor();
    const path = `/v1/policies/overrides/application/${clientId}`;
    const override = await curfew.call<{ values: object }>('policy', 'GET', path);
    expect(override.values).toEqual({
      ...{ accessTokenSeconds: 120, idleSeconds: 600, applicationCap: 1, triggers: ['employment.terminated'] },
    });
    await curfew.call('policy', 'DELETE', path, undefined, { headers: { 'if-match': '*' } });
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('AU-03 AU-09 the trail is filtered by type, verified with a click, and says who is under which policy', async () => {
    const { page, url, faults } = await visit(browser, acme.curfew);
    await page.getByRole('link', { name: 'Audit' }).click();
    const filter = page.getByLabel('Filter by type');
    await filter.fill('curfew.admin.policy_updated.v1');
    await filter.press('Enter');
    const rows = page.locator('tbody tr');
    await until('only saves of policies are left', async () => {
      const types = await rows.locator('summary').allInnerTexts();
      return types.length > 0 && types.every((type) => type === 'curfew.admin.policy_updated.v1');
    });
    expect(page.url()).toContain('type=curfew.admin.policy_updated.v1');
    await rows.first().locator('summary').click();
    await rows.first().getByText('"changes"').waitFor(); // what was changed is in the entry
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText(/^The chain is whole/).waitFor();
    await page.goto(`${url}/console/policies/assignments`);
    await page.getByRole('row', { name: /^ada .*by group sre/ }).waitFor();
    await page.getByRole('row', { name: /^bob .*directly/ }).waitFor();
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

  it('N-04 a large kill waits for a second person, who sees that it does, and ends it with a word of why', async () => {
    const { curfew, clientIds } = acme;
    const colleague = await curfew.newKey({ roles: ['admin'] });
    for (const who of ['carl', 'dora']) await curfew.open(who, clientIds[0]!);
    const mine = await visit(browser, curfew);
    await mine.page.goto(`${mine.url}/console/approvals`);
    await mine.page.getByText('Which kills take two people').click();
    await mine.page.getByLabel('More sessions than').fill('1');
    await mine.page.getByRole('button', { name: 'Save', exact: true }).click();
    await until('the rule is saved', async () => {
      const rule = await curfew.call<{ aboveSessions: number }>('registry', 'GET', '/v1/approval-rule');
      return rule.aboveSessions === 1;
    });
    await mine.page.goto(`${mine.url}/console/applications/${clientIds[0]}`);
    await mine.page.getByRole('button', { name: 'End access…' }).click();
    const dialog = mine.page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill(`breach ${SCRIPT}`);
    await dialog.getByRole('button', { name: /^End \d+ sessions$/ }).click();
    await dialog.getByRole('link', { name: 'Approvals' }).click();
    await mine.page.getByText('You asked for it').waitFor();
    expect(await mine.page.getByRole('button', { name: /^Approve/ }).count()).toBe(0);
    expect(await curfew.sessions({ subject: 'carl', status: 'live' })).toHaveLength(1);

    const theirs = await visit(browser, colleague);
    await theirs.page.getByRole('link', { name: 'Approvals 1 waits' }).click();
    await theirs.page.getByRole('button', { name: /^Approve ending application/ }).click();
    await theirs.page.getByRole('dialog').getByLabel('Reason').fill('seen it too');
    await theirs.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await theirs.page.getByText('seen it too').waitFor();
    await until('all of them are out', async () => {
      const live = await curfew.sessions({ clientId: clientIds[0]!, status: 'live' });
      return live.length === 0;
    });
    await mine.page.getByText('seen it too').waitFor(); // without a reload
    expect(await mine.page.evaluate('window.pwned')).toBeUndefined();
    expect([...mine.faults, ...theirs.faults]).toEqual([]);
    await Promise.all([mine, theirs].map(({ page }) => page.context().close()));
  });

  it('SH-04 SH-05 N-14 a shift is put on the week, its people are on duty, one may stay on when another agrees, and nobody crossed', async () => {
    const { curfew } = acme;
    const colleague = await curfew.newKey({ roles: ['responder'] });
    const { page, url, faults } = await visit(browser, curfew);
    const wall = (inMs: number) => new Date(Date.now() + inMs).toISOString().slice(0, 16);
    await page.goto(`${url}/console/shifts`);
    await page.getByRole('link', { name: 'Add a shift' }).click();
    for (const [field, value] of [
      ['Id', 'ward-7'],
      ['Name', 'Ward 7'],
      ['Ward', 'seven'],
      ['Time zone', 'UTC'],
      ['Begins', wall(-3_600_000)],
      ['Ends', wall(7_200_000)],
      ['Repeats (RRULE; empty: once)', ''],
      ['Who is on it', 'ada\nemail:bob@acme.test'],
    ] as const)
      await page.getByLabel(field, { exact: field !== 'Who is on it' }).fill(value);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('row', { name: /^ada .*On duty/ }).waitFor();

    await page.getByRole('button', { name: 'Ask that ada may stay on longer?' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Until').fill(wall(4 * 3_600_000));
    await dialog.getByLabel('Reason').fill('an operation');
    await dialog.getByRole('button', { name: 'Ask for more time' }).click();
    await page.getByText('an operation').waitFor();
    expect(await page.getByRole('button', { name: 'Let ada stay on?' }).count()).toBe(0); // not of one's own
    const theirs = await visit(browser, colleague);
    await theirs.page.goto(`${theirs.url}/console/shifts/duties?state=on`);
    await theirs.page.getByRole('button', { name: 'Let ada stay on?' }).click();
    await theirs.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await page.getByText(/^granted until/).waitFor();

    await page.getByRole('link', { name: 'Week' }).click();
    await page.getByRole('button', { name: /^Ward 7, .*, 2 people$/ }).press('Enter');
    await page.getByRole('region', { name: 'Ward 7' }).getByText('email:bob@acme.test').waitFor();
    await page.getByRole('button', { name: 'The week after' }).click();
    await page.getByText('No shift takes place in this week').waitFor();
    expect(page.url()).toMatch(/week=\d{4}-\d\d-\d\d$/);
    await page.getByRole('link', { name: 'Crossings' }).click();
    await page.getByText(/^No session crossed/).waitFor();
    await page.goto(`${url}/console/shifts/of/ward-7`);
    await page.getByRole('button', { name: 'Take Ward 7 off the calendar?' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('heading', { name: 'Shift calendar' }).waitFor();
    expect(faults).toEqual([]);
    await Promise.all([page, theirs.page].map((one) => one.context().close()));
  });
});
