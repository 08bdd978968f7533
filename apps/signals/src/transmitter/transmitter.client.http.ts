import { Problem } from '@curfew/contracts';
import { guardedConnector, InjectConfig, parseCidrs, parseStrictJson, type RunningConfig } from '@curfew/runtime';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, type Dispatcher } from 'undici';
import { TransmitterClient, type Answer, type Ask } from './transmitter.client.js';

/** A hundred tokens, the largest there are. */
const LARGEST_ANSWER = 8 * 1024 * 1024;
/** Of an origin: a few are held open for as long as it has nothing to say. */
const CONNECTIONS = 64;

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

  override async send(uri: string, { method, headers, body, limitMs, signal }: Ask): Promise<Answer> {
    const { origin, pathname, search } = new URL(uri);
    const controller = new AbortController();
    const giveUp = () => controller.abort(new Error('given up'));
    const limit = setTimeout(() => controller.abort(new Error(`no answer within ${limitMs} ms`)), limitMs);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      // Redirects are not followed: undici does so only when told to.
      const answer = await this.agent.request({
        method,
        origin,
        path: `${pathname}${search}`,
        headers: { accept: 'application/json', 'user-agent': 'Curfew', ...headers },
        body,
        signal: controller.signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      const bytes = await wholeOf(answer.body);
      return { status: answer.statusCode, json: () => jsonOf(uri, bytes) };
    } finally {
      clearTimeout(limit);
      signal?.removeEventListener('abort', giveUp);
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

function jsonOf(uri: string, bytes: Buffer): Record<string, unknown> | unknown[] {
  try {
    const value = parseStrictJson(bytes);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown> | unknown[];
  } catch {
    // told as what it is below
  }
  throw new Problem('transmitter_refused', `What ${uri} answered is no JSON object`);
}
