import { execFileSync } from 'node:child_process';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { Form } from '../support/form.js';

export function openChromium(): Promise<Browser> {
  const found = JSON.parse(execFileSync(process.execPath, ['scripts/browser.mjs'], { encoding: 'utf8' })) as {
    program: string;
    flags: string[];
  };
  return chromium.launch({ executablePath: found.program, args: found.flags });
}

/** Signed in, at the live sessions, once all of them are there. */
export async function openConsole(browser: Browser, { curfew, endpoints }: Form): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  page.setDefaultTimeout(120_000);
  const { path } = await curfew.call<{ path: string }>('console', 'POST', '/console/api/sign-in-links');
  await page.goto(endpoints.console.url + path);
  await page.getByText('Live', { exact: true }).waitFor();
  return page;
}

/** What scripts of the page hold, once what nobody holds is thrown away. */
export async function heapMB(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize / 1e6;
}
