import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CurfewEvent, ProblemCode } from '@curfew/contracts';
import { until } from '../../../../test/support/until.js';
import { ReceiveSignal } from '../signal/receive-signal.js';
import { openSources, type FakeSources } from './sources.fake.js';

jest.setTimeout(60_000);

/** The API of a system. */
class Api {
  readonly asked: { readonly path: string; readonly authorization: string | undefined }[] = [];
  answer: (path: string) => unknown = () => ({});
  /** What is answered instead. */
  failing: number | undefined;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request: IncomingMessage, response) => {
      const path = decodeURIComponent(request.url!);
      this.asked.push({ path, authorization: request.headers.authorization });
      const status = this.failing ?? 200;
      response.writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' });
      response.end(status === 200 ? JSON.stringify(this.answer(path)) : '');
    });
  }

  static async start(): Promise<Api> {
    const api = new Api();
    await new Promise<void>((resolve) => api.server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

describe('APIs of sources that are asked, on real PostgreSQL', () => {
  let fake: FakeSources;
  let api: Api;
  let tenant: string;
  beforeAll(async () => {
    fake = await openSources({ allowedPrivateDestinations: ['127.0.0.0/8'] });
  });
  beforeEach(async () => {
    api = await Api.start();
    tenant = randomUUID();
  });
  afterEach(async () => {
    await fake.stop();
    await api.close();
    await fake.db.owner.query(`DELETE FROM errands; UPDATE test_clock SET ahead = interval '0'`);
  });
  afterAll(() => fake.close());

  const by = () => ({ tenant, actor: 'key:1' });
  const source = (mapping: string, kind: 'webhook' | 'poll', credentials: object = { user: 'key', password: 'x' }) =>
    fake.register.register(by(), {
      ...{ name: mapping, kind, mapping, signing: kind === 'poll' ? 'standard' : 'vendor', enabled: true },
      api: { url: `${api.url}/api`, credentials },
    } as Parameters<typeof fake.register.register>[1]);
  const set = (ahead: string) => fake.db.owner.query(`UPDATE test_clock SET ahead = $1::interval`, [ahead]);
  const kept = async () =>
    (
      await fake.db.owner.query<{ event_id: string; type: string; subject: object }>(
        'SELECT event_id, type, subject FROM signals WHERE tenant = $1 ORDER BY event_id',
        [tenant],
      )
    ).rows;
  const keptIds = async () => (await kept()).map((row) => row.event_id);
  const errands = async () =>
    (
      await fake.db.owner.query<{ webhook_id: string; cursor: string | null; failures: number }>(
        'SELECT webhook_id, cursor, failures FROM errands WHERE tenant = $1',
        [tenant],
      )
    ).rows;
  const refusals = async () => {
    const { rows } = await fake.db.owner.query<{ message: string }>('SELECT message FROM outbox WHERE tenant = $1', [
      tenant,
    ]);
    return rows
      .map(({ message }) => JSON.parse(message) as CurfewEvent<{ code: string; reason: string }>)
      .filter(({ type }) => type === 'curfew.webhook.refused.v1')
      .map(({ data }) => data);
  };
  const refused = (code: ProblemCode) => expect.objectContaining({ code }) as Error;

  describe('about a webhook that holds an id only', () => {
    let sourceId: string;
    beforeEach(async () => {
      api.answer = () => ({ id: '7', status: 'Inactive', workEmail: null });
      ({ sourceId } = await source('bamboohr-events', 'webhook'));
    });
    const payload = (data: object = {}, type = 'employee.updated') => ({
      ...{ type, timestamp: '2026-11-20T18:42:00+0000' },
      data: { employeeId: '7', changedFields: ['status'], ...data },
    });
    /** Genuine: who sends it is another spec's matter. */
    const send = async (body: object) => {
      const { secret } = await fake.register.rotate(by(), sourceId, 0);
      const bytes = Buffer.from(JSON.stringify(body));
      const when = String(Math.floor(Date.now() / 1000));
      const { createHmac } = await import('node:crypto');
      const signature = createHmac('sha256', secret!).update(bytes).update(when).digest('hex');
      const headers = { 'x-bamboohr-timestamp': when, 'x-bamboohr-signature': signature };
      return fake.receive.execute(sourceId, { headers, bytes, payload: body });
    };

    it('it is on disk before anybody is asked, and acts once the API answers, once however often it comes', async () => {
      api.failing = 503;
      await Promise.all([send(payload())]);
      await send(payload());
      expect(await errands()).toHaveLength(1);
      expect(api.asked).toEqual([]);
      fake.start();
      await until('the API failed', async () => (await errands())[0]!.failures > 0);
      expect(await kept()).toEqual([]);
      api.failing = undefined;
      await set('10 minutes');
      await until('it is known what it was about', async () => (await errands()).length === 0);
      expect(await kept()).toMatchObject([{ type: 'employment.terminated', subject: { employeeId: '7' } }]);
      const basic = `Basic ${Buffer.from('key:x').toString('base64')}`;
      expect(api.asked.at(-1)).toEqual({ path: '/api/employees/7?fields=status,workEmail', authorization: basic });
      await send(payload());
      await until('it was asked about again', async () => (await errands()).length === 0);
      expect(await kept()).toHaveLength(1);
    });

    it('is not asked about what is nothing of ours, nor where it does not say whom; no id leaves its place in the path', async () => {
      expect(await send(payload({ changedFields: ['jobTitle'] }))).toEqual([]);
      await expect(send(payload({ employeeId: null }))).rejects.toThrow(refused('payload_unmappable'));
      expect(await errands()).toEqual([]);
      await send(payload({ employeeId: '../../admin?x=/7' }));
      fake.start();
      await until('the API was asked', () => api.asked.length > 0);
      expect(api.asked[0]!.path).toBe('/api/employees/../../admin?x=/7?fields=status,workEmail'); // decoded: one step of it
      await until('it is done', async () => (await errands()).length === 0);
    });

    it('what it is told and can not read, or never hears of, stands in the trail', async () => {
      api.answer = () => ({ id: '7' });
      await send(payload());
      fake.start();
      await until('it is done', async () => (await errands()).length === 0);
      api.failing = 404;
      await send(payload({ employeeId: '8' }));
      await until('the API failed', async () => ((await errands())[0]?.failures ?? 0) > 0);
      await set('8 days');
      await until('it is given up', async () => (await errands()).length === 0);
      expect((await refusals()).map(({ code }) => code)).toEqual(['payload_unmappable', 'source_unanswered']);
      expect(await kept()).toEqual([]);
    });

    it('follows no redirect, and asks nobody else', async () => {
      api.failing = 302;
      await send(payload());
      fake.start();
      await until('the API failed', async () => (await errands())[0]!.failures > 0);
      expect(api.asked.map(({ path }) => path.split('?')[0])).toEqual(['/api/employees/7']);
    });
  });

  describe('again and again', () => {
    const worker = (id: string, minute: number, status = 'TERMINATED') => ({
      ...{ id, status, end_date: '2026-11-20', work_email: null },
      updated_at: `2026-11-20T17:${String(minute).padStart(2, '0')}:00Z`,
    });

    it('page by page, by one of two instances; then from where the last time ended, and what is known counts no more', async () => {
      api.answer = (path) =>
        path.includes('page=2')
          ? { results: [worker('w-3', 1), worker('w-1', 0)], next_link: null }
          : { results: [worker('w-1', 0), worker('w-2', 5)], next_link: '/api/workers?page=2' };
      await source('rippling', 'poll', { token: 'secret' });
      for (let one = 0; one < 2; one++) fake.start();
      await until('it was asked', async () => (await errands())[0]!.cursor !== null);
      expect(api.asked.map(({ authorization }) => authorization)).toEqual(Array(2).fill('Bearer secret'));
      expect(await keptIds()).toEqual(['w-1', 'w-2', 'w-3'].map((id) => `${id}/TERMINATED/2026-11-20`));
      expect(await errands()).toEqual([{ webhook_id: '', cursor: '2026-11-20T17:05:00Z', failures: 0 }]);
      // One has changed meanwhile, though not in what counts.
      api.answer = () => ({ results: [worker('w-2', 9), worker('w-4', 6)], next_link: null });
      await set('2 minutes');
      await until('it was asked again', () => api.asked.length > 2);
      expect(api.asked[2]!.path).toContain(`updated_at ge '2026-11-20T17:05:00Z'`);
      await until('the cursor went on', async () => (await errands())[0]!.cursor === '2026-11-20T17:09:00Z');
      expect(await keptIds()).toHaveLength(4);
    });

    it('goes on from where it was when it dies before it is on disk', async () => {
      api.answer = () => ({ results: [worker('w-1', 0)], next_link: null });
      await source('rippling', 'poll', { token: 'secret' });
      const dying = Object.assign(Object.create(ReceiveSignal.prototype) as ReceiveSignal, {
        within: () => Promise.reject(new Error('killed')),
      });
      fake.start(dying);
      await until('it has failed', async () => (await errands())[0]!.failures > 0);
      expect((await errands())[0]!.cursor).toBeNull();
      await fake.stop();
      await set('10 minutes');
      fake.start();
      await until('it is on disk', async () => (await errands())[0]!.cursor !== null);
      expect(await keptIds()).toEqual(['w-1/TERMINATED/2026-11-20']);
      expect(new Set(api.asked.map(({ path }) => path)).size).toBe(1);
    });

    it('one that can not be read keeps no other from counting, and is told once', async () => {
      api.answer = () => ({ results: [{ ...worker('w-1', 0), updated_at: 'lately' }, worker('w-2', 1)] });
      await source('rippling', 'poll', { token: 'secret' });
      fake.start();
      await until('it was asked', async () => (await errands())[0]!.cursor !== null);
      await set('2 minutes');
      await until('it was asked again', () => api.asked.length > 1);
      await until('and that is done', async () => {
        const { rowCount } = await fake.db.owner.query('SELECT 1 FROM errands WHERE holder IS NULL');
        return rowCount === 1;
      });
      expect(await keptIds()).toEqual(['w-2/TERMINATED/2026-11-20']);
      expect(await refusals()).toMatchObject([
        { code: 'payload_unmappable', reason: expect.stringContaining('[0]') as string },
      ]);
      api.answer = () => ({ error: 'no such report' });
      await set('4 minutes');
      await until('that is told as well', async () => (await refusals()).length === 2);
    });

    it('takes no next page from elsewhere: whoever answers for it does not get what we say who we are by', async () => {
      const elsewhere = await Api.start();
      try {
        api.answer = () => ({ results: [worker('w-1', 0)], next_link: `${elsewhere.url}/api/workers` });
        await source('rippling', 'poll', { token: 'secret' });
        fake.start();
        await until('it has failed', async () => (await errands())[0]!.failures > 0);
        expect(elsewhere.asked).toEqual([]);
      } finally {
        await elsewhere.close();
      }
    });

    it('stops with its source', async () => {
      const { sourceId } = await source('rippling', 'poll', { token: 'secret' });
      api.answer = () => ({ results: [] });
      await fake.register.change(by(), sourceId, { enabled: false });
      fake.start();
      await until('it was looked at', async () => {
        const { rowCount } = await fake.db.owner.query(
          `SELECT 1 FROM errands WHERE due_at > curfew_now() + interval '9 seconds'`,
        );
        return rowCount === 1;
      });
      expect(api.asked).toEqual([]);
      await fake.register.remove(by(), sourceId);
      expect(await errands()).toEqual([]);
    });
  });

  it('I7 is registered only where it fits, and what we say who we are by is nowhere in the clear', async () => {
    const register = (given: object) =>
      fake.register.register(by(), {
        ...{ name: randomUUID(), kind: 'poll', mapping: 'rippling', signing: 'standard', enabled: true, ...given },
      } as Parameters<typeof fake.register.register>[1]);
    const at = { api: { url: api.url, credentials: { token: 'my secret token' } } };
    for (const given of [
      {},
      { ...at, kind: 'webhook' },
      { ...at, mapping: 'generic' },
      { ...at, kind: 'webhook', mapping: 'generic' },
      { api: { url: `${api.url}?a=b` } },
      { api: { url: api.url, credentials: { token: 'a', user: 'b', password: 'c' } } },
      { api: { url: 'file:///etc/passwd' } },
    ])
      await expect(register(given)).rejects.toThrow(refused('invalid_field'));
    await expect(register({ api: { url: 'http://169.254.169.254/latest' } })).rejects.toThrow(
      refused('destination_forbidden'),
    );
    const made = await register(at);
    expect([made.secret, made.apiUrl]).toEqual([null, api.url]);
    const { rows } = await fake.db.owner.query<{ row: string }>('SELECT sources::text AS row FROM sources');
    for (const { row } of rows) expect(row).not.toContain('my secret');
  });
});
