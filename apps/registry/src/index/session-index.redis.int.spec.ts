import net from 'node:net';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { until } from '../../../../test/support/until.js';
import { RedisSessionIndex } from './session-index.redis.js';
import { barrierOf, sessionIndexSuite, sessionOf, type IndexUnderTest } from './session-index.suite.js';

const log = pino({ level: 'silent' });
const given = process.env.REDIS_URL;
if (!given) throw new Error('REDIS_URL is not set');
/** One of the server's own databases: what is flushed here is nobody else's. */
const privateUrl = new URL(given);
privateUrl.pathname = `/${1 + (process.pid % 15)}`;

const SESSION = sessionOf();
const KEY = { tenant: SESSION.tenant, sessionId: SESSION.sessionId };
const BARRIER = barrierOf('subject', SESSION.subjectId, { endsBefore: SESSION.epoch + 1n });

/** The way to Redis, which can be held up or cut without troubling the server. */
class Link {
  private readonly pairs = new Set<readonly [net.Socket, net.Socket]>();
  private readonly server = net.createServer((near) => {
    const far = net.connect(Number(privateUrl.port || 6379), privateUrl.hostname);
    const pair = [near, far] as const;
    this.pairs.add(pair);
    for (const [from, to] of [pair, [far, near]] as const)
      from
        .on('data', (data) => to.write(data))
        .on('error', () => undefined)
        .on('close', () => {
          to.destroy();
          this.pairs.delete(pair);
        });
  });

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const url = new URL(privateUrl);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as net.AddressInfo).port);
    return url.href;
  }

  freeze(): void {
    for (const sockets of this.pairs) for (const socket of sockets) socket.pause();
  }

  thaw(): void {
    for (const sockets of this.pairs) for (const socket of sockets) socket.resume();
  }

  cut(): void {
    for (const sockets of this.pairs) for (const socket of sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

describe('the index in Redis', () => {
  const redis = new Redis(privateUrl.href);
  afterAll(async () => {
    await redis.flushdb();
    await redis.quit();
  });

  const connected = async (url = privateUrl.href): Promise<RedisSessionIndex> => {
    const index = new RedisSessionIndex(url, log);
    await until('Redis answers', async () => (await index.unsettled(0)) !== undefined);
    return index;
  };

  async function open(): Promise<IndexUnderTest> {
    await redis.flushdb();
    const index = await connected();
    return { index, lose: async () => void (await redis.flushdb()), close: () => index.close() };
  }

  sessionIndexSuite(open);

  describe('as a server that is somewhere else', () => {
    const link = new Link();
    let url: string;
    let index: RedisSessionIndex;

    beforeAll(async () => (url = await link.open()));
    afterAll(() => link.close());
    beforeEach(async () => {
      await redis.flushdb();
      index = await connected(url);
      await index.filled();
      await index.put([SESSION]);
    });
    afterEach(async () => {
      link.thaw();
      await index.close();
    });

    const kindNow = async () => (await index.check(KEY, SESSION.openedAtMs, false)).kind;

    it('F-33 is not renewed when it was filled as another process: it may lack the last writes', async () => {
      expect(await index.renew()).toBe(true);
      await redis.set('curfew:complete', 'the run id of before the restart');
      expect(await index.renew()).toBe(false);
      await redis.del('curfew:complete');
      expect(await index.renew()).toBe(false);
      await index.filled();
      expect(await index.renew()).toBe(true);
    });

    it('is believed for two seconds after the last renewal, and no longer', async () => {
      expect(await kindNow()).toBe('active');
      expect(await redis.pttl('curfew:marker')).toBeGreaterThan(0);
      expect(await redis.pttl('curfew:marker')).toBeLessThanOrEqual(2_000);
      await until('the marker is gone', async () => (await kindNow()) === 'untrusted', 5_000);
      expect(await index.renew()).toBe(true);
      expect(await kindNow()).toBe('active');
    });

    it('two registries see each other: what one raises is dead for the other', async () => {
      const other = await connected();
      try {
        await other.raise([BARRIER]);
        expect(await kindNow()).toBe('inactive');
      } finally {
        await other.close();
      }
    });

    it('F-31 slow: a write is given up soon and nobody waits for the next one; it comes back by itself', async () => {
      link.freeze();
      const began = performance.now();
      await expect(index.raise([BARRIER])).rejects.toThrow();
      expect(performance.now() - began).toBeLessThan(2_000);
      await expect(index.check(KEY, SESSION.openedAtMs, false)).rejects.toThrow();
      await expect(index.raise([BARRIER])).rejects.toThrow('a moment ago');
      link.thaw();
      await until('barriers are taken again', () => index.raise([BARRIER]).then(() => true));
      expect(await kindNow()).toBe('inactive');
    });

    it('cut off: refuses at once instead of waiting, and is there again after the connection is', async () => {
      link.cut();
      await until('the loss is noticed', () =>
        index.check(KEY, SESSION.openedAtMs, false).then(
          () => false,
          () => true,
        ),
      );
      await until('it answers again', async () => (await kindNow()) !== undefined);
      await index.renew();
      expect(await kindNow()).toBe('active');
    });

    it('a server that has forgotten its scripts is told them again', async () => {
      await redis.script('FLUSH');
      expect(await kindNow()).toBe('active');
      await index.raise([BARRIER]);
      expect(await kindNow()).toBe('inactive');
    });

    it('F-31 refuses a server that may evict barriers, also one that was set so since', async () => {
      const [, limit] = (await redis.config('GET', 'maxmemory')) as [string, string];
      const [, policy] = (await redis.config('GET', 'maxmemory-policy')) as [string, string];
      try {
        await redis.config('SET', 'maxmemory', String(2 ** 40));
        await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
        link.cut();
        await until('it is looked at anew', () =>
          index.renew().then(
            () => false,
            (error: Error) => error.message.includes('noeviction'),
          ),
        );
        await until('the marker is gone', async () => (await kindNow()) === 'untrusted', 5_000);
        await redis.config('SET', 'maxmemory', '0');
        expect(await index.renew()).toBe(true);
      } finally {
        await redis.config('SET', 'maxmemory', limit);
        await redis.config('SET', 'maxmemory-policy', policy);
      }
    });
  });
});
