import type { ServerResponse } from 'node:http';
import { frameOf } from '../live/frame.js';

const PING_MS = 15_000;
const RETRY_MS = 1_000;
const MOST_UNREAD = 4 * 1024 * 1024;
const PING = frameOf('ping', {});

/** One browser's server-sent events. It hears that it is signed out, and one that does not read is let go. */
export class EventStream {
  private readonly over = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly response: ServerResponse,
    headers: Readonly<Record<string, string>>,
    private readonly signedOut: () => Promise<string | undefined>,
  ) {
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write(`retry: ${RETRY_MS}\n\n`);
    response.once('close', () => this.end());
    this.timer = setInterval(() => void this.ping(), PING_MS);
  }

  get signal(): AbortSignal {
    return this.over.signal;
  }

  /** Resolves when there is room for more. */
  async send(frame: Buffer): Promise<void> {
    if (this.over.signal.aborted) return;
    if (this.response.writableLength > MOST_UNREAD) return this.end();
    if (this.response.write(frame)) return;
    await new Promise<void>((resolve) => {
      this.response.once('drain', resolve);
      this.over.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  end(): void {
    if (this.over.signal.aborted) return;
    clearInterval(this.timer);
    this.over.abort();
    this.response.end();
  }

  /** Says that it is there, or to whom is signed out that it is over. */
  async ping(): Promise<void> {
    const reason = await this.signedOut().catch(() => undefined);
    if (reason !== undefined) {
      await this.send(frameOf('signed-out', { reason }));
      return this.end();
    }
    await this.send(PING);
  }
}
