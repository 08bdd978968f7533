// `node scripts/screenshots.mjs <url> <API key>`: each page of a running console, light, dark and on a phone, into
// docs/screenshots.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
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
const [revocations, sessions] = await Promise.all([ask('/v1/revocations'), ask('/v1/watch/sessions')]);
const [newest] = sessions.items;
const PAGES = {
  sessions: '/?q=app:calendar',
  revocations: '/revocations',
  overview: '/overview',
  policies: '/policies',
  'sign-in-policies': '/policies/sign-in',
  'policy-history': '/policies/history',
  applications: '/applications',
  signals: '/signals',
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
  await page.getByText('Live', { exact: true }).waitFor();
  for (const { name: form, width, height, colorScheme } of FORMS) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const shoot = (name) => page.screenshot({ path: path.join(FOLDER, `${name}-${form}.png`) });
    for (const [name, at] of Object.entries(PAGES)) {
      await page.goto(`${url}/console${at}`);
      await page.getByText('Live', { exact: true }).waitFor();
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
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
