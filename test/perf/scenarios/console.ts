import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { clock } from '../child.js';
import { heapMB, openChromium, openConsole } from '../chromium.js';
import type { BenchDatabase } from '../database.js';
import { openListeners } from '../listeners.js';
import type { Result } from '../result.js';
import { median, percentile, round } from '../statistics.js';
import type { Form } from '../../support/form.js';

const SESSIONS = 50_000;
const CHANGES_PER_SECOND = 200;
const SCROLLS = 200;
const SCROLL_EACH_MS = 50;
const PROBES = 40;
const LONGER_MS = 30_000;
const LISTENERS = 500;
/** Each is asked so many times, and the median counts. */
const TURNS = 5;
const QUERIES = [
  'seeded-4',
  'user:seeded-1234',
  'status:active',
  'app:one',
  'browser:chrome',
  'chrome 192.0.2.7',
  'nobody',
];

/** A real Chromium at 50,000 live sessions of which 200 change each second, and 500 who listen to the server. */
export async function consoleScenario(form: Form, database: BenchDatabase): Promise<Result[]> {
  const clientIds = ['one', 'two', 'three'];
  await form.curfew.register(clientIds.map((clientId) => ({ clientId })));
  await database.addLiveSessions(SESSIONS, clientIds);
  const stop = await database.change(CHANGES_PER_SECOND);
  const browser = await openChromium();
  try {
    const page = await openConsole(browser, form);
    const scrolled = await scroll(page);
    const filtered = await filter(page);
    const before = await heapMB(page);
    const shown = await probe(page, form);
    await sleep(LONGER_MS);
    const after = await heapMB(page);
    await page.context().close();
    const result = resultsFor(form);
    return [
      result('scrolling: longest task', `${round(scrolled.longest, 0)} ms`, `${scrolled.count} above 50 ms`, {
        limit: '≤ 200 ms, ≤ 5 % blocked',
        ratio: scrolled.blocked,
        holds: scrolled.longest <= 200 && scrolled.blocked <= 0.05,
      }),
      result(
        'the slowest filter',
        `${round(Math.max(...filtered))} ms`,
        `median of all ${round(median(filtered))} ms`,
        {
          limit: '≤ 100 ms',
          ratio: Math.max(...filtered) / 100,
          holds: Math.max(...filtered) <= 100,
        },
      ),
      result('a change shows, median', `${round(median(shown), 0)} ms`, `longest ${round(Math.max(...shown), 0)} ms`, {
        limit: '≤ 150 ms, all ≤ 1 s',
        ratio: median(shown) / 150,
        holds: median(shown) <= 150 && Math.max(...shown) <= 1_000,
      }),
      result('memory of the page', `${round(after, 0)} MB`, `${round(before, 0)} MB half a minute before`, {
        limit: '≤ 1.1',
        ratio: after / before,
        holds: after / before <= 1.1,
      }),
      ...(await listen(form)),
    ];
  } finally {
    await browser.close();
    await stop();
  }
}

const resultsFor =
  (form: Form) =>
  (
    what: string,
    ours: string,
    reference: string,
    { limit, ratio, holds }: Pick<Result, 'limit' | 'ratio' | 'holds'>,
  ) => ({
    ...{ scenario: `console, ${SESSIONS / 1000},000 sessions: ${what}`, form: form.name },
    ...{ ours, reference, ratio: round(ratio, 2), limit, holds },
  });

/** Down and up again, a screen each turn, with what held the page up meanwhile. */
async function scroll(page: Page): Promise<{ longest: number; count: number; blocked: number }> {
  await page.evaluate(() => {
    const long: number[] = [];
    Object.assign(window, { long });
    new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: 'longtask',
    });
  });
  const box = (await page.getByRole('grid').boundingBox())!;
  await page.mouse.move(box.x + 300, box.y + 200);
  const began = performance.now();
  for (let turn = 0; turn < SCROLLS; turn++) {
    await page.mouse.wheel(0, turn < SCROLLS / 2 ? 600 : -600);
    await sleep(SCROLL_EACH_MS);
  }
  const took = performance.now() - began;
  const long = await page.evaluate(() => (window as unknown as { long: number[] }).long);
  const blocked = long.reduce((sum, ms) => sum + ms - 50, 0);
  return { longest: Math.max(0, ...long), count: long.length, blocked: blocked / took };
}

/** From the key to the frame that shows the rows it leaves. */
async function filter(page: Page): Promise<number[]> {
  const times = QUERIES.map((): number[] => []);
  for (let turn = 0; turn < QUERIES.length * TURNS; turn++) {
    const query = QUERIES[turn % QUERIES.length]!;
    times[turn % QUERIES.length]!.push(
      await page.evaluate(async (text) => {
        const input = document.querySelector<HTMLInputElement>('input[type=search]')!;
        const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!;
        const began = performance.now();
        set!.call(input, text);
        input.dispatchEvent(new Event('input', { bubbles: true }));
        await new Promise((shown) => requestAnimationFrame(() => setTimeout(shown)));
        return performance.now() - began;
      }, query),
    );
    await sleep(150);
  }
  return times.map(median);
}

/** From the answer that a session is open to its row. */
async function probe(page: Page, { curfew }: Form): Promise<number[]> {
  await page.getByRole('searchbox').fill('user:probe');
  const times: number[] = [];
  for (let n = 0; n < PROBES; n++) {
    const { id } = await curfew.open('probe-' + n, 'one');
    const opened = clock();
    const shown = await page.evaluate(async (wanted) => {
      while (!document.querySelector(`[data-session="${wanted}"]`)) await new Promise(requestAnimationFrame);
      return performance.timeOrigin + performance.now();
    }, id);
    times.push(Math.max(0, shown - opened));
    await sleep(100 + 7 * (n % 20));
  }
  return times;
}

/** Where the console has a process of its own: what it takes for 500 who listen, and how soon they are told. */
async function listen(form: Form): Promise<Result[]> {
  if (form.name === 'embedded') return [];
  const { pid } = form.endpoints.console;
  const before = rssMB(pid);
  const listeners = await openListeners(form, LISTENERS);
  try {
    let most = 0;
    const times: number[] = [];
    for (let n = 0; n < 10; n++) {
      const told = listeners.next();
      const { id } = await form.curfew.open(`heard-${n}`, 'two');
      const opened = clock();
      times.push(...(await told(id)).map((at) => Math.max(0, at - opened)));
      most = Math.max(most, rssMB(pid));
      await sleep(500);
    }
    return [
      resultsFor(form)(
        `${LISTENERS} listeners: memory of the server`,
        `${round(most, 0)} MB`,
        `${round(before, 0)} MB before`,
        {
          limit: '≤ 200 MB',
          ratio: most / 200,
          holds: most <= 200,
        },
      ),
      resultsFor(form)(
        `${LISTENERS} listeners are told`,
        `${round(median(times), 0)} ms`,
        `p99 ${round(percentile(times, 0.99), 0)} ms`,
        {
          limit: '≤ 1 s',
          ratio: percentile(times, 0.99) / 1_000,
          holds: percentile(times, 0.99) <= 1_000,
        },
      ),
    ];
  } finally {
    listeners.close();
  }
}

const rssMB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1_000;
