import { guardedConnector, InjectConfig, parseCidrs, type RunningConfig } from '@curfew/runtime';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { errors, Pool, type Dispatcher } from 'undici';
import { ApplicationClient, type Answer } from './application.client.js';
import type { Application } from './application.js';
import { NotConnected } from './connection-fault.js';

/** Of an answer this much is kept; the rest is not even read. */
const KEPT_BYTES = 20_000;
const CONNECTIONS = 32;
const MOST_POOLS = 2_000;

interface PooledApplication {
  readonly version: number;
  readonly pool: Pool;
}

/** A connection pool for each application and origin: one that hangs does not hold another's connections. */
@Injectable()
export class HttpApplicationClient extends ApplicationClient implements OnApplicationShutdown {
  private readonly allowed;
  private readonly pools = new LRUCache<string, PooledApplication>({
    max: MOST_POOLS,
    dispose: ({ pool }) => void pool.close(),
  });

  constructor(@InjectConfig() config: RunningConfig) {
    super();
    this.allowed = parseCidrs(config.allowedPrivateDestinations);
  }

  override post(application: Application, logoutToken: string, limitMs: number): Promise<Answer> {
    return this.send(application, application.backchannelLogoutUri!, limitMs, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: '*/*', 'user-agent': 'Curfew' },
      body: `logout_token=${logoutToken}`,
    });
  }

  override get(application: Application, uri: string, limitMs: number): Promise<Answer> {
    return this.send(application, uri, limitMs, {
      method: 'GET',
      headers: { accept: 'application/json', 'user-agent': 'Curfew' },
    });
  }

  private async send(
    application: Application,
    uri: string,
    limitMs: number,
    request: Pick<Dispatcher.RequestOptions, 'method' | 'headers' | 'body'>,
  ): Promise<Answer> {
    const url = new URL(uri);
    const controller = new AbortController();
    const limit = setTimeout(() => controller.abort(new Error(`no answer within ${limitMs} ms`)), limitMs);
    try {
      // Redirects are not followed: undici does so only when told to.
      const { statusCode, headers, body } = await this.poolOf(application, url.origin).request({
        ...request,
        path: `${url.pathname}${url.search}`,
        signal: controller.signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      return {
        status: statusCode,
        contentType: String(headers['content-type'] ?? ''),
        retryAfter: headers['retry-after'] === undefined ? null : String(headers['retry-after']),
        body: await firstBytes(body),
      };
    } catch (error) {
      throw error instanceof errors.ConnectTimeoutError ? new NotConnected(url.protocol) : error;
    } finally {
      clearTimeout(limit);
    }
  }

  private poolOf({ tenant, clientId, version, tls }: Application, origin: string): Pool {
    const key = `${tenant}\u0000${clientId}\u0000${origin}`;
    const known = this.pools.get(key);
    if (known?.version === version) return known.pool;
    const pool = new Pool(origin, {
      connections: CONNECTIONS,
      pipelining: 1,
      allowH2: true,
      keepAliveTimeout: 30_000,
      maxHeaderSize: 16_384,
      connect: guardedConnector(this.allowed, tls),
    });
    this.pools.set(key, { version, pool });
    return pool;
  }

  override async close(): Promise<void> {
    await Promise.allSettled([...this.pools.values()].map(({ pool }) => pool.destroy()));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }
}

async function firstBytes(body: Dispatcher.ResponseData['body']): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= KEPT_BYTES) {
      body.destroy();
      break;
    }
  }
  return Buffer.concat(chunks).subarray(0, KEPT_BYTES);
}
