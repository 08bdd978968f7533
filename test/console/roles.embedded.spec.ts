import type { Browser } from 'playwright-core';
import { organisation, type Organisation } from '../support/product.js';
import { go, openBrowser, visit } from './browser.js';

jest.setTimeout(90_000);

const ROLES = ['owner', 'admin', 'responder', 'auditor', 'read-only'] as const;
type Role = (typeof ROLES)[number];
const OWNER: readonly Role[] = ['owner'];
const ADMINS: readonly Role[] = ['owner', 'admin'];
const RESPONDERS: readonly Role[] = [...ADMINS, 'responder'];
const AUDITORS: readonly Role[] = [...ADMINS, 'auditor'];

/** On each page what not everybody is offered. */
const OFFERED: readonly (readonly [path: string, text: string, to: readonly Role[]])[] = [
  ['/people/bob', 'End access…', RESPONDERS],
  ['/people/barred', 'Let sign in again', RESPONDERS],
  ['/devices/d-1', 'End access…', RESPONDERS],
  ['/applications/app', 'End access…', RESPONDERS],
  ['/applications/app', 'Test the endpoint', ADMINS],
  ['/applications/app', 'Make a key for this application', OWNER],
  ['/applications', 'Register an application', ADMINS],
  ['/approvals', 'Save', OWNER],
  ['/policies', 'Save', ADMINS],
  ['/policies/of/group%3Asre', 'Save', ADMINS],
  ['/policies/sign-in', 'Save', ADMINS],
  ['/policies/sign-in', 'Evaluate', ADMINS],
  ['/policies/assignments', 'CSV', ROLES],
  ['/policies/history', 'Revert to this', ADMINS],
  ['/signals', 'Register a source', ADMINS],
  ['/shifts', 'Add a shift', ADMINS],
  ['/shifts', 'Take in a roster', ADMINS],
  ['/shifts/of/night', 'Save', ADMINS],
  ['/shifts/of/night', 'Remove', ADMINS],
  ['/audit', 'Verify the chain', AUDITORS],
  ['/keys', 'Make a key', OWNER],
  ['/keys', 'Revoke', OWNER],
];

/** What is asked for past the pages, as whoever types into the browser's console can. */
const ASKED: readonly (readonly [method: string, path: string, to: readonly Role[]])[] = [
  ['POST', 'revocations', RESPONDERS],
  ['POST', 'devices/d-1/revoke', RESPONDERS],
  ['DELETE', 'sessions/0198c000-0000-7000-8000-000000000000', RESPONDERS],
  ['POST', 'deliveries/redeliver', RESPONDERS],
  ['POST', 'approvals/0198c000-0000-7000-8000-000000000000/approve', ADMINS],
  ['PUT', 'approval-rule', OWNER],
  ['PUT', 'policies/default', ADMINS],
  ['PATCH', 'sign-in-policies/default', ADMINS],
  ['POST', 'applications', ADMINS],
  ['POST', 'sources', ADMINS],
  ['PUT', 'shifts/another', ADMINS],
  ['PUT', 'duties/0198c000-0000-7000-8000-000000000000/extension', ADMINS],
  ['POST', 'duties/0198c000-0000-7000-8000-000000000000/extension/approve', RESPONDERS],
  ['GET', 'audit', AUDITORS],
  ['GET', 'api-keys', AUDITORS],
  ['POST', 'api-keys', OWNER],
  ['PUT', 'administrator-sign-in', OWNER],
];

describe('each page and each act, tried with each role', () => {
  let acme: Organisation;
  let browser: Browser;
  beforeAll(async () => {
    [acme, browser] = await Promise.all([organisation(1), openBrowser()]);
    const { curfew, clientIds } = acme;
    await curfew.register([{ clientId: 'app', backchannelLogoutUri: 'http://127.0.0.1:9/logout' }]);
    for (const who of ['bob', 'barred']) await curfew.person(who, clientIds);
    await curfew.open('bob', 'app', { device: { id: 'd-1' } });
    await curfew.revoke({ subject: 'barred' }, { bar: true });
    await curfew.call('policy', 'PUT', '/v1/policies/default', {
      ...(await curfew.call('policy', 'GET', '/v1/policies/default')),
      cap: 2,
    });
    await curfew.call('signals', 'PUT', '/v1/shifts/night', {
      ...{ name: 'Night', zone: 'UTC', start: '2026-01-01T22:00', end: '2026-01-02T06:00', staff: [] },
    });
  });
  afterAll(async () => {
    await browser.close();
    await acme.close();
  });

  it('offers what the role may, and what it may not is refused when it is asked for', async () => {
    await Promise.all(
      ROLES.map(async (role) => {
        const { page } = await visit(browser, await acme.curfew.newKey({ roles: [role] }));
        const offered: string[] = [];
        for (const [at, [path, text, to]] of OFFERED.entries()) {
          if (OFFERED[at - 1]?.[0] !== path) await go(page, path);
          const found = page.locator('main :is(button, a, summary)', { hasText: text });
          // Who is not offered the page at all is told so, or has no such thing on it.
          if (to.includes(role)) await found.first().waitFor({ state: 'attached' });
          else await page.locator('main h1').waitFor();
          if ((await found.count()) > 0) offered.push(`${path}: ${text}`);
        }
        expect([role, offered]).toEqual([
          role,
          OFFERED.filter(([, , to]) => to.includes(role)).map(([path, text]) => `${path}: ${text}`),
        ]);
        const statuses = await page.evaluate(
          (asked) =>
            Promise.all(
              asked.map(async ([method, path]) => {
                const answer = await fetch(`/console/api/v1/${path}`, {
                  method: method!,
                  headers: { 'content-type': 'application/json', 'x-curfew-console': '1' },
                  ...(method === 'GET' ? {} : { body: '{"no": "such field"}' }), // so that nothing comes of it
                });
                return answer.status;
              }),
            ),
          ASKED.map(([method, path]) => [method, path]),
        );
        expect([
          role,
          ASKED.filter((_, at) => statuses[at] !== 403).map(([method, path]) => `${method} ${path}`),
        ]).toEqual([role, ASKED.filter(([, , to]) => to.includes(role)).map(([method, path]) => `${method} ${path}`)]);
        await page.context().close();
      }),
    );
  });
});
