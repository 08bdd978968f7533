import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Problem } from '@curfew/contracts';
import type { KeyDirectory } from '../auth/key-directory.js';
import { bearerToken } from '../auth/bearer.guard.js';
import type { Metrics } from '../metrics.js';
import { problemOf } from './problem.filter.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface Mounted {
  readonly prefix: string;
  readonly handle: Handler;
}

export interface OperationsSource {
  /** Why it can't do its work right now; empty when it can. */
  troubles(): readonly string[];
  keys(): KeyDirectory | undefined;
  openApi(): unknown;
}

/**
 * The one listener of a process. It answers what operators ask (health, metrics, the API's description) itself, also
 * while the services are still starting, and hands everything else to the service whose path it is.
 */
export class Listener {
  private readonly server: Server;
  private mounted: Mounted[] = [];
  private closing = false;

  constructor(
    private readonly metrics: Metrics,
    private readonly operations: OperationsSource,
  ) {
    this.server = createServer((request, response) => this.route(request, response));
    this.server.keepAliveTimeout = 65_000;
    this.server.headersTimeout = 10_000;
    this.server.requestTimeout = 90_000;
    this.server.maxRequestsPerSocket = 0;
  }

  /** Rejects with the system's own error (`EADDRINUSE` …). */
  listen(host: string, port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        const address = this.server.address();
        const bound = typeof address === 'object' && address ? address.port : port;
        resolve(`http://${host.includes(':') ? `[${host}]` : host}:${bound}`);
      });
    });
  }

  mount(prefixes: readonly string[], handle: Handler): void {
    this.mounted = [...this.mounted, ...prefixes.map((prefix) => ({ prefix, handle }))].sort(
      (a, b) => b.prefix.length - a.prefix.length,
    );
  }

  async close(): Promise<void> {
    this.closing = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    const impatient = setTimeout(() => this.server.closeAllConnections(), 5_000);
    await closed;
    clearTimeout(impatient);
  }

  private route(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '/';
    const end = url.indexOf('?');
    const path = end < 0 ? url : url.slice(0, end);
    if (this.closing) response.setHeader('connection', 'close');
    for (const { prefix, handle } of this.mounted) {
      if (path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/'))
        return handle(request, response);
    }
    void this.operate(path, request, response).catch((error: unknown) => refuse(response, problemOf(error)));
  }

  private async operate(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (path) {
      case '/health/live':
        return answer(response, 200, { status: 'live' });
      case '/health/ready': {
        const troubles = this.closing ? ['stopping'] : this.operations.troubles();
        return answer(
          response,
          troubles.length === 0 ? 200 : 503,
          troubles.length === 0 ? { status: 'ready' } : { status: 'not ready', troubles },
        );
      }
      case '/metrics': {
        const token = bearerToken(request.headers.authorization);
        const principal = token === undefined ? undefined : await this.operations.keys()?.find(token);
        const text = await this.metrics.text(principal?.tenant, principal?.roles.includes('operator') ?? false);
        response.setHeader('content-type', this.metrics.registry.contentType);
        response.end(text);
        return;
      }
      case '/openapi.json':
        return answer(response, 200, this.operations.openApi());
      default:
        return refuse(response, new Problem(this.mounted.length === 0 ? 'unavailable' : 'not_found'));
    }
  }
}

function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  type = 'application/json; charset=utf-8',
): void {
  response.statusCode = status;
  response.setHeader('content-type', type);
  response.setHeader('cache-control', 'no-store');
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, problem: Problem): void {
  if (response.headersSent) return;
  if (problem.status === 503) response.setHeader('retry-after', '1');
  answer(response, problem.status, problem, 'application/problem+json; charset=utf-8');
}
