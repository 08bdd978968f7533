// `node scripts/screenshots.mjs <url> <API key>`: each page of a running console, light, dark and on a phone, into
// docs/screenshots.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium as playwright } from 'playwright-core';
import { chromium, CHROMIUM_FLAGS } from './browser.mjs';

const FOLDER = path.resolve(import.meta.dirname, '..', 'docs', 'screenshots');
const FORMS = [
  { name: 'light', width: 1280, height: 800, colorScheme: 'light' },
  { name: 'dark', width: 1280, height: 800, colorScheme: 'dark' },
  { name: 'phone', width: 390, height: 844, colorScheme: 'light' },
];

const [url, key] = process.argv.slice(2);
if (!url || !key) {
  console.error('Usage: node scripts/screenshots.mjs <url> <API key>');
  process.exit(2);
}
const ask = async (at, options = {}) => {
  const response = await fetch(url + at, {
    ...options,
    headers: { authorization: `Bearer ${key}`, ...options.headers },
  });
  if (!response.ok) throw new Error(`${at}: ${response.status} ${await response.text()}`);
  return response.json();
};
const put = (at, body, headers = {}) =>
  ask(at, { method: 'PUT', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
const post = (at, body = {}) =>
  ask(at, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

const [revocations, sessions] = await Promise.all([ask('/v1/revocations'), ask('/v1/watch/sessions')]);
const [newest] = sessions.items;

/** What the demo has none of: a roster, some of whose shifts are under way, and a kill that waits for a second person. */
const people = await ask('/v1/subjects');
const staff = people.items.slice(0, 9).map(({ id }) => ({ id }));
const SHIFTS = [
  { shiftId: 'icu-day', name: 'Day, ICU', ward: 'ICU', start: '06:00', end: '14:00', staff: staff.slice(0, 3) },
  { shiftId: 'icu-late', name: 'Late, ICU', ward: 'ICU', start: '14:00', end: '22:00', staff: staff.slice(3, 6) },
  { shiftId: 'icu-night', name: 'Night, ICU', ward: 'ICU', start: '22:00', end: '06:00', staff: staff.slice(6, 9) },
  { shiftId: 'er-day', name: 'Day, ER', ward: 'ER', start: '07:00', end: '19:00', staff: staff.slice(0, 2) },
  { shiftId: 'er-night', name: 'Night, ER', ward: 'ER', start: '19:00', end: '06:00', staff: staff.slice(2, 4) },
];
for (const { shiftId, start, end, ...shift } of SHIFTS)
  await put(`/v1/shifts/${shiftId}`, {
    ...{ ...shift, zone: 'Europe/Berlin', recurrence: 'FREQ=DAILY', workstations: ['ward-pc'] },
    ...{ start: `2026-01-01T${start}`, end: `2026-01-0${end > start ? 1 : 2}T${end}` },
  });
const rule = await fetch(`${url}/v1/approval-rule`, { headers: { authorization: `Bearer ${key}` } });
const before = await rule.json();
await put('/v1/approval-rule', { ...before, aboveSessions: 20 }, { 'if-match': rule.headers.get('etag') });
const held = await post('/v1/revocations', { target: { application: 'mail' }, reason: 'signing key stolen' });
await put('/v1/policies/overrides/group/engineering', {
  ...{ values: { idleSeconds: 1_800, cap: 2 }, reason: 'source code' },
}).catch((error) => console.error(error.message));

const PAGES = {
  sessions: '/?q=app:calendar',
  revocations: '/revocations',
  approvals: '/approvals',
  overview: '/overview',
  policies: '/policies',
  'sign-in-policies': '/policies/sign-in',
  'policy-override': '/policies/of/group%3Aengineering',
  assignments: '/policies/assignments',
  'policy-history': '/policies/history',
  applications: '/applications',
  signals: '/signals',
  shifts: '/shifts',
  shift: '/shifts/of/icu-night',
  duties: '/shifts/duties',
  crossings: '/shifts/crossings',
  audit: '/audit',
  keys: '/keys',
  ...(revocations.items[0] ? { revocation: `/revocations/${revocations.items[0].revocationId}` } : {}),
  ...(newest
    ? {
        session: `/sessions/${newest.id}`,
        person: `/people/${encodeURIComponent(newest.subject)}`,
        device: `/devices/${encodeURIComponent(newest.device)}`,
        application: `/applications/${encodeURIComponent(newest.clientId)}`,
      }
    : {}),
};

mkdirSync(FOLDER, { recursive: true });
const profile = mkdtempSync(path.join(os.tmpdir(), 'curfew-screenshots-'));
const browser = await playwright.launchPersistentContext(profile, {
  executablePath: chromium(),
  args: CHROMIUM_FLAGS,
  locale: 'en-GB',
});
try {
  const page = browser.pages()[0] ?? (await browser.newPage());
  page.on('pageerror', (error) => console.error(`${page.url()}: ${error.message}`));
  page.on('console', (message) => message.type() === 'error' && console.error(`${page.url()}: ${message.text()}`));
  const { path: link } = await ask('/console/api/sign-in-links', { method: 'POST' });
  await page.goto(url + link);
  await page.locator('.connection.live').waitFor();
  for (const { name: form, width, height, colorScheme } of FORMS) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const shoot = (name) => page.screenshot({ path: path.join(FOLDER, `${name}-${form}.png`) });
    for (const [name, at] of Object.entries(PAGES)) {
      await page.goto(`${url}/console${at}`);
      await page.locator('.connection.live').waitFor();
      await page.locator('.pulse').first().waitFor({ state: 'detached' });
      await page.waitForLoadState('networkidle', { timeout: 1_000 }).catch(() => undefined); // the stream never ends
      await shoot(name);
    }
    await page.goto(`${url}/console/?q=status:active`);
    const grid = page.getByRole('grid');
    await grid.focus();
    await page.keyboard.press(' ');
    await page.keyboard.press('k');
    await page.getByRole('dialog').waitFor();
    await page.locator('.sum').waitFor();
    await shoot('kill');
  }
  const names = [...Object.keys(PAGES), 'kill'].sort();
  const cell = (name, form, width) => `<img src="${name}-${form}.png" width="${width}" alt="${name}, ${form}">`;
  writeFileSync(
    path.join(FOLDER, 'README.md'),
    `# The console

Made by \`node scripts/screenshots.mjs <url> <API key>\` from the demo: each page light, dark and on a phone.

| page | light | dark | phone |
| --- | --- | --- | --- |
${names.map((name) => `| ${name} | ${cell(name, 'light', 360)} | ${cell(name, 'dark', 360)} | ${cell(name, 'phone', 120)} |`).join('\n')}
`,
  );
} finally {
  if (held?.state === 'pending_approval') await post(`/v1/approvals/${held.revocationId}/reject`);
  await put('/v1/approval-rule', before, { 'if-match': '*' });
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
