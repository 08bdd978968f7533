import { Pool } from 'undici';
import type { Endpoints } from './form.js';

/** Curfew's HTTP API, as the bench calls it. */
export class Curfew {
  private readonly pools = new Map<string, Pool>();

  constructor(
    private readonly endpoints: Endpoints,
    private readonly key: string,
  ) {}

  async call<T>(service: keyof Endpoints, method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.poolOf(this.endpoints[service]!.url).request({
      method: method as 'GET',
      path,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.body.text();
    if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  async register(clientIds: readonly string[], ports: readonly number[]): Promise<void> {
    await inTurns(clientIds, 8, (clientId, index) =>
      this.call('fanout', 'POST', '/v1/applications', {
        clientId,
        name: clientId,
        backchannelLogoutUri: `http://127.0.0.1:${ports[index]}/logout`,
      }),
    );
  }

  /** A person with one session at each of the applications. */
  async person(id: string, clientIds: readonly string[]): Promise<void> {
    await this.call('registry', 'PUT', `/v1/subjects/${id}`, { identifiers: { employeeId: id } });
    await inTurns(clientIds, 16, (clientId) =>
      this.call('registry', 'POST', '/v1/sessions', {
        subject: id,
        clientId,
        device: { id: `device-of-${id}` },
        authenticatedAt: new Date().toISOString(),
      }),
    );
  }

  terminate(id: string): Promise<{ signalId: string }> {
    return this.call('signals', 'POST', '/v1/signals', {
      type: 'employment.terminated',
      eventId: `termination-of-${id}`,
      subject: { employeeId: id },
      occurredAt: new Date().toISOString(),
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.destroy()));
  }

  private poolOf(url: string): Pool {
    let pool = this.pools.get(url);
    if (!pool) this.pools.set(url, (pool = new Pool(url, { connections: 64 })));
    return pool;
  }
}

/** `work` on each item, so many at once. */
export async function inTurns<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(atOnce, items.length) }, async () => {
      for (let index = next++; index < items.length; index = next++) await work(items[index]!, index);
    }),
  );
}
