import { SERVICES, type ServiceName } from '@curfew/contracts';
import { InjectConfig, portOf, type RunningConfig } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Agent } from 'undici';
import { ServiceError, Services, type Ask, type Reply } from './services.client.js';
import { ownerOf } from './services.js';

/** Longer than anything a service is asked to wait for. */
const PATIENCE_MS = 75_000;
const PASSED_ON = ['content-type', 'retry-after', 'etag', 'content-disposition', 'preference-applied', 'location'];

@Injectable()
export class HttpServices extends Services implements BeforeApplicationShutdown {
  private readonly agent = new Agent({ connections: 64, headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });

  constructor(@InjectConfig() private readonly config: RunningConfig) {
    super();
  }

  async ask({ key, method, path, headers = {}, body, signal }: Ask): Promise<Reply | undefined> {
    const service = ownerOf(path.split('?')[0]!);
    if (service === undefined) return undefined;
    const response = await this.agent.request({
      origin: this.originOf(service),
      method: method as 'GET',
      path,
      headers: { ...headers, authorization: `Bearer ${key}` },
      ...(body && body.length > 0 ? { body } : {}),
      ...(signal ? { signal } : {}),
    });
    const kept = Object.entries(response.headers).filter(([name]) => PASSED_ON.includes(name));
    return {
      status: response.statusCode,
      headers: Object.fromEntries(kept) as Record<string, string>,
      body: response.body,
    };
  }

  async read<T>(request: Omit<Ask, 'method'>): Promise<T> {
    const reply = await this.ask({ ...request, method: 'GET' });
    if (!reply) throw new ServiceError(404, 'not_found');
    const chunks: Buffer[] = [];
    for await (const chunk of reply.body) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as T & { code?: string };
    if (reply.status >= 300) throw new ServiceError(reply.status, body.code ?? 'unknown');
    return body;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  /** Embedded: the one listener. Else each at its port, on this machine or where `CURFEW_SERVICE_HOST` says. */
  private originOf(service: ServiceName): string {
    const { config } = this;
    const embedded = config.kafkaBrokers === undefined;
    const port = portOf(config, embedded ? SERVICES : [service]);
    const here = config.host === '0.0.0.0' ? '127.0.0.1' : config.host;
    return `http://${(config.serviceHost ?? here).replaceAll('{service}', service)}:${port}`;
  }
}
