import { execFileSync } from 'node:child_process';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { product } from '../support/product.js';
import type { Curfew } from '../support/curfew.js';

/** A real Chromium, with what is different on the next visit taken away. */
export function openBrowser(): Promise<Browser> {
  const script = path.resolve(__dirname, '..', '..', 'scripts', 'browser.mjs');
  const found = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as {
    program: string;
    flags: string[];
  };
  return chromium.launch({ executablePath: found.program, args: found.flags });
}

export interface Visit {
  readonly page: Page;
  readonly url: string;
  /** What went wrong on the pages: scripts that threw, and what the policy of the page forbade. */
  readonly faults: string[];
}

/** Somebody with this key, signed in by a link; `url` other than the console's own leads there. */
export async function visit(browser: Browser, curfew: Curfew, url = product.endpoints.console.url): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/ERR_|status of 4(0[34]|12)/.test(message.text())) faults.push(message.text());
  });
  const { path: link } = await curfew.call<{ path: string }>('console', 'POST', '/console/api/sign-in-links');
  await page.goto(url + link);
  await page.getByText('Live', { exact: true }).waitFor();
  return { page, url, faults };
}

/** To another page without loading the console anew. */
export async function go(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, '', `/console${to}`);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
  await page.locator('main h1').first().waitFor();
  await page.locator('.pulse').first().waitFor({ state: 'detached' });
}

/** A wire between browser and console that can be cut: what was open is gone, and nobody gets through until it is mended. */
export class Wire {
  private readonly sockets = new Set<Socket>();
  private whole = true;

  private constructor(private readonly server: Server) {}

  static async to(url: string): Promise<Wire> {
    const { hostname, port } = new URL(url);
    const server = createServer();
    const wire = new Wire(server);
    server.on('connection', (near) => {
      if (!wire.whole) return near.destroy();
      const far = connect(Number(port), hostname);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        wire.sockets.add(one);
        one.pipe(other);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          wire.sockets.delete(one);
          other.destroy();
        });
      }
      return undefined;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.whole = false;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.whole = true;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
