import fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import type { Logger } from '@curfew/runtime';
import { ServiceError, Services, type Ask, type Reply } from '../proxy/services.client.js';
import { LiveSessions, type Viewer } from './live-sessions.js';

const PAGE = 3;
const AT_ONCE = 2;
const silent = { warn: () => undefined } as unknown as Logger;

/** A registry whose sessions change whenever it is asked, if it is told so. */
class Registry extends Services {
  readonly sessions = new Map<string, number>();
  private readonly log: string[] = [];
  readonly asked: string[] = [];
  busy = 0;
  fails: (ask: Ask) => boolean = () => false;

  change(id: string): void {
    this.log.push(id);
    this.sessions.set(id, this.log.length);
  }

  ask(): Promise<Reply | undefined> {
    return Promise.resolve(undefined);
  }

  async bytes(ask: Ask): Promise<Buffer> {
    this.asked.push(`${ask.key} ${ask.path}`);
    if (ask.key === 'refused') throw new ServiceError(403, 'forbidden');
    if (this.fails(ask)) throw new ServiceError(503, 'unavailable');
    const url = new URL(ask.path, 'http://registry');
    const cursor = url.searchParams.get('cursor');
    const answer = url.pathname.endsWith('/changes') ? this.changes(cursor) : this.page(url, Number(cursor ?? 0));
    const first = answer.nextCursor === cursor && ask.headers?.prefer !== undefined;
    for (let n = 0; n < AT_ONCE && this.busy > 0; n++) this.change(`s-${this.busy-- % 7}`);
    // Who waits for changes waits, as the registry would have them wait; and each answer takes a while.
    if (first) await new Promise((resolve) => setTimeout(resolve, 5));
    await turn();
    return Buffer.from(JSON.stringify(answer));
  }

  private changes(cursor: string | null) {
    if (cursor === null) return { items: [], nextCursor: String(this.log.length), more: false };
    const from = Number(cursor);
    const to = Math.min(this.log.length, from + PAGE);
    const items = [...new Set(this.log.slice(from, to))].map((id) => this.view(id));
    return { items, nextCursor: String(to), more: to < this.log.length };
  }

  private page(url: URL, from: number) {
    if (url.searchParams.get('status') === 'ended') return { items: [], nextCursor: null };
    const ids = [...this.sessions.keys()];
    const to = from + PAGE;
    return { items: ids.slice(from, to).map((id) => this.view(id)), nextCursor: to < ids.length ? String(to) : null };
  }

  private view = (id: string) => ({
    id,
    deviceName: '","nextCursor":"x"}',
    version: String(this.sessions.get(id)).padStart(6, '0'),
  });
}

/** What a browser has of it: of each session the highest version. */
class Browser implements Viewer {
  readonly tenant = 'acme';
  readonly has = new Map<string, string>();
  readonly over = new AbortController();
  lastEventId: string | undefined;
  ready = false;
  pages = 0;
  slowAt: { readonly page: number; readonly read: Promise<void> } | undefined;
  ended = false;

  constructor(readonly key = 'key') {
    opened.push(this);
  }

  get signal(): AbortSignal {
    return this.over.signal;
  }

  async send(frame: Buffer): Promise<void> {
    await turn(); // there is not always room
    const isSlow = frame.includes('event: sessions') && ++this.pages === this.slowAt?.page;
    if (isSlow) await this.slowAt!.read;
    const [, event, id, data] = /^event: (.+)\n(?:id: (.+)\n)?data: (.+)\n\n$/.exec(frame.toString())!;
    if (event === 'reset') this.has.clear();
    if (event === 'ready') this.ready = true;
    if (id !== undefined) this.lastEventId = id;
    if (event !== 'sessions') return;
    for (const { id: one, version } of JSON.parse(data!) as { id: string; version: string }[])
      if ((this.has.get(one) ?? '') < version) this.has.set(one, version);
  }

  end(): void {
    this.ended = true;
    this.over.abort();
  }
}

/** All are let go, also where something was not as it should be: a feed that is listened to goes on for ever. */
const opened: Browser[] = [];
afterEach(() => opened.splice(0).forEach(({ over }) => over.abort()));

const all = (registry: Registry): [string, string][] =>
  [...registry.sessions].map(([id, version]) => [id, String(version).padStart(6, '0')]);

async function until(what: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 5_000; !what(); await turn())
    if (Date.now() > deadline) throw new Error('not within 5 s');
}

describe('a live view', () => {
  it('DB-01 whatever changes while somebody comes, is there, breaks off and comes again, they have all of it in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(12), fc.array(fc.nat(9), { minLength: 1, maxLength: 2 }), async (before, rounds) => {
        const registry = new Registry();
        for (let n = 0; n < before; n++) registry.change(`s-${n % 7}`);
        const live = new LiveSessions(registry, silent);
        const stays = new Browser();
        await live.show(stays);
        let comes = new Browser();
        for (const changes of rounds) {
          registry.busy = changes;
          await live.show(comes);
          await until(() => registry.busy === 0);
          comes.over.abort();
          const { lastEventId, has } = comes;
          comes = new Browser();
          comes.lastEventId = lastEventId;
          for (const [id, version] of has) comes.has.set(id, version);
          registry.change('while away');
        }
        await live.show(comes);
        for (const browser of [stays, comes]) {
          await until(() => JSON.stringify([...browser.has].sort()) === JSON.stringify(all(registry).sort()));
          browser.over.abort();
        }
      }),
      { numRuns: 6 },
    );
  });

  it.each([1, 3])(
    'what others are told while page %i of what somebody missed is on its way, they are told after it, and not before',
    async (page) => {
      const registry = new Registry();
      const live = new LiveSessions(registry, silent);
      const stays = new Browser();
      await live.show(stays);
      for (let n = 0; n < 8; n++) registry.change(`s-${n}`);
      const comes = new Browser();
      comes.lastEventId = '0';
      let read: () => void = () => undefined;
      comes.slowAt = { page, read: new Promise((resolve) => (read = resolve)) };
      const coming = live.show(comes);
      await until(() => comes.pages === page);
      const stood = comes.lastEventId;
      registry.change('late');
      await until(() => stays.has.has('late'));
      expect(comes.lastEventId).toBe(stood); // where it would go on from, were it to break off now
      read();
      await coming;
      await until(() => comes.has.size === 9);
    },
  );

  it('who comes while so much changes that no answer is the last one gets there as well', async () => {
    const registry = new Registry();
    registry.busy = 200;
    const browser = new Browser();
    await new LiveSessions(registry, silent).show(browser);
    expect(browser.ready).toBe(true);
    expect(registry.busy).toBeGreaterThan(0);
    browser.over.abort();
  });

  it('reads the pages once for all who come in one moment, and shows them to nobody who may not see them', async () => {
    const registry = new Registry();
    for (let n = 0; n < 10; n++) registry.change(`s-${n}`);
    const live = new LiveSessions(registry, silent);
    const browsers = Array.from({ length: 20 }, (_, n) => new Browser(`key-${n}`));
    const refused = new Browser('refused');
    await Promise.all([
      ...browsers.map((browser) => live.show(browser)),
      expect(live.show(refused)).rejects.toThrow('forbidden'),
    ]);
    expect(registry.asked.filter((asked) => asked.includes('?status=')).length).toBe(5);
    expect(browsers.every(({ has, ready }) => ready && has.size === 10)).toBe(true);
    expect([refused.has.size, refused.ready]).toEqual([0, false]);
    for (const browser of browsers) browser.over.abort();
  });

  it('a page that could not be read is read anew by whoever comes next', async () => {
    const registry = new Registry();
    for (let n = 0; n < 10; n++) registry.change(`s-${n}`);
    const live = new LiveSessions(registry, silent);
    let failures = 1;
    registry.fails = ({ path }) => path.includes('cursor=3') && failures-- > 0;
    await expect(live.show(new Browser())).rejects.toThrow('unavailable');
    const next = new Browser();
    await live.show(next);
    expect(next.has.size).toBe(10);
    next.over.abort();
  });
});
