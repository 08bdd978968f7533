import { guardedConnector, InjectConfig, parseCidrs, type RunningConfig } from '@curfew/runtime';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, type Dispatcher } from 'undici';
import { TransmitterClient, type Answer } from './transmitter.client.js';

/** Nobody's keys or metadata are larger. */
const LARGEST_ANSWER = 256 * 1024;
const CONNECTIONS = 8;

@Injectable()
export class HttpTransmitterClient extends TransmitterClient implements OnApplicationShutdown {
  private readonly agent: Agent;

  constructor(@InjectConfig() config: RunningConfig) {
    super();
    this.agent = new Agent({
      connections: CONNECTIONS,
      pipelining: 1,
      keepAliveTimeout: 10_000,
      maxHeaderSize: 16_384,
      connect: guardedConnector(parseCidrs(config.allowedPrivateDestinations), null),
    });
  }

  override get(uri: string, limitMs: number): Promise<Answer> {
    return this.send(uri, { method: 'GET', headers: { accept: 'application/json', 'user-agent': 'Curfew' } }, limitMs);
  }

  private async send(
    uri: string,
    request: Pick<Dispatcher.RequestOptions, 'method' | 'headers'>,
    limitMs: number,
  ): Promise<Answer> {
    const { origin, pathname, search } = new URL(uri);
    const controller = new AbortController();
    const limit = setTimeout(() => controller.abort(new Error(`no answer within ${limitMs} ms`)), limitMs);
    try {
      // Redirects are not followed: undici does so only when told to.
      const { statusCode, body } = await this.agent.request({
        ...request,
        origin,
        path: `${pathname}${search}`,
        signal: controller.signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      return { status: statusCode, body: await wholeOf(body) };
    } finally {
      clearTimeout(limit);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }
}

async function wholeOf(body: Dispatcher.ResponseData['body']): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LARGEST_ANSWER) {
      body.destroy();
      throw new Error(`the answer is larger than ${LARGEST_ANSWER} bytes`);
    }
  }
  return Buffer.concat(chunks);
}
