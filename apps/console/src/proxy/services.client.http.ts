import { InjectConfig, originOf, type RunningConfig } from '@curfew/runtime';
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
      origin: originOf(this.config, service),
      method: method as 'GET',
      path,
      headers: { ...headers, ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
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

  async bytes(request: Ask): Promise<Buffer> {
    const reply = await this.ask(request);
    if (!reply) throw new ServiceError(404, 'not_found');
    const chunks: Buffer[] = [];
    for await (const chunk of reply.body) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (reply.status < 300) return body;
    const { code, detail } = (body.length > 0 ? JSON.parse(body.toString()) : {}) as { code?: string; detail?: string };
    throw new ServiceError(reply.status, code ?? 'unknown', detail);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }
}
