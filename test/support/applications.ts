import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, decodeJwt, jwtVerify, type JWTPayload } from 'jose';

/** What an application wrote down of one request. The oracle of the fault runs (faults.md §1): outside Curfew's reach. */
export interface Told {
  readonly clientId: string;
  readonly arrivedAt: number;
  readonly claims: JWTPayload & { readonly sid?: string };
  readonly token: string;
  readonly answered: number | 'nothing' | 'reset';
}

/** How one answers: a status, after a while; not at all; by a reset; or as it likes. */
export type Behaviour =
  | { readonly status?: number; readonly afterMs?: number; readonly headers?: Record<string, string>; body?: string }
  | 'hang'
  | 'reset'
  | ((token: string, request: IncomingMessage, response: ServerResponse) => void | Promise<void>);

/** One relying party: an origin of its own, which believes nothing it has not verified. */
export class Application {
  readonly clientId = `app-${randomUUID().slice(0, 8)}`;
  readonly journal: Told[] = [];
  /** Tokens that did not verify, and why. */
  readonly refused: string[] = [];
  behaviour: Behaviour = {};
  private server: Server | undefined;
  private port = 0;

  get backchannelLogoutUri(): string {
    return `http://127.0.0.1:${this.port}/logout`;
  }

  /** The sids it was told of with a token it verified and answered with a 2xx. */
  get ended(): ReadonlySet<string> {
    return new Set(
      this.journal
        .filter(({ answered }) => typeof answered === 'number' && answered < 300)
        .map(({ claims }) => claims.sid!),
    );
  }

  toldOf(sid: string): Told[] {
    return this.journal.filter(({ claims }) => claims.sid === sid);
  }

  async listen(verify: (clientId: string, token: string) => Promise<unknown>): Promise<void> {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const token = new URLSearchParams(Buffer.concat(chunks).toString()).get('logout_token') ?? '';
        const arrivedAt = Date.now();
        verify(this.clientId, token).then(
          () => this.answer(token, arrivedAt, request, response),
          (error: unknown) => {
            this.refused.push(String(error));
            response.writeHead(400).end();
          },
        );
      });
    });
    this.server.keepAliveTimeout = 60_000;
    this.server.unref(); // of a test that failed half-way, nobody closes it
    await new Promise<void>((resolve) => this.server!.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Its port refuses connections until it listens again; the journal stays. */
  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve(undefined)));
  }

  private answer(token: string, arrivedAt: number, request: IncomingMessage, response: ServerResponse): void {
    const note = (answered: Told['answered']): void =>
      void this.journal.push({ clientId: this.clientId, arrivedAt, claims: decodeJwt(token), token, answered });
    const { behaviour } = this;
    if (typeof behaviour === 'function') {
      response.once('finish', () => note(response.statusCode));
      return void behaviour(token, request, response);
    }
    if (behaviour === 'hang') return note('nothing');
    if (behaviour === 'reset') {
      note('reset');
      request.socket.resetAndDestroy();
      return;
    }
    const { status = 200, afterMs = 0, headers = {}, body } = behaviour;
    const reply = (): void => {
      note(status);
      response.writeHead(status, { 'cache-control': 'no-store', ...headers }).end(body);
    };
    if (afterMs > 0) setTimeout(reply, afterMs);
    else reply();
  }
}

/** So many applications in this process, told by one issuer, whose keys they fetch as anybody would. */
export async function startApplications(
  count: number,
  { issuer, jwksUri }: { readonly issuer: string; readonly jwksUri: string },
): Promise<Application[]> {
  const keys = createRemoteJWKSet(new URL(jwksUri), { cooldownDuration: 1_000 });
  const verify = (clientId: string, token: string): Promise<unknown> =>
    jwtVerify(token, keys, { issuer, audience: clientId, typ: 'logout+jwt', maxTokenAge: 180 });
  const applications = Array.from({ length: count }, () => new Application());
  await Promise.all(applications.map((application) => application.listen(verify)));
  return applications;
}
