import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Curfew, Refused } from './curfew.js';
import type { Journal, OwnSession } from './journal.js';
import type { LogoutToken, LogoutTokens } from './logout-token.js';
import type { SignIn } from './messages.js';
import { RECEIPT_TYPE, type Receipts } from './receipt.js';

const MOST_BODY = 64 * 1024;
/** Whoever is this near to his idle deadline does something. */
const BUSY_BEFORE_MS = 1_800_000;

/**
 * One application of the demo, at an origin of its own. It lets people in, tells Curfew of each session, and ends a
 * session when a logout token that it has verified says so. What it believes is in its journal and nowhere else.
 */
export class Application {
  private readonly server: Server;
  private curfew: Curfew | undefined;

  constructor(
    readonly clientId: string,
    private readonly curfewUrl: string,
    private readonly journal: Journal,
    private readonly logoutTokens: LogoutTokens,
    private readonly receipts: Receipts | undefined,
  ) {
    this.server = createServer((request, response) => {
      this.answer(request, response).catch((error: unknown) => {
        console.error(this.clientId, error);
        if (!response.headersSent) reply(response, 500, { error: 'server_error' });
      });
    });
    this.server.keepAliveTimeout = 60_000;
  }

  /** At the port it had last time, so that it need not be registered anew; at any other when that is taken. */
  async listen(lastPort: number): Promise<number> {
    try {
      return await this.bind(lastPort);
    } catch {
      return this.bind(0);
    }
  }

  /** From now on people may sign in; those who are come back to work, if Curfew lets them. */
  async open(key: string, startOver: boolean): Promise<void> {
    if (startOver) this.journal.forget();
    this.curfew = new Curfew(this.curfewUrl, key);
    await this.keepBusy();
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** People at work: nobody's session idles away while the demo is up. */
  async keepBusy(): Promise<void> {
    if (!this.curfew) return;
    for (const session of this.journal.sessions()) await this.keepUp(session, this.curfew);
  }

  private bind(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', () => {
        this.server.off('error', reject);
        const address = this.server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    switch (`${request.method} ${url.pathname}`) {
      case 'POST /backchannel-logout':
        return this.endByToken(await bodyOf(request), response);
      // An application would ask for a password here, or send the browser to its identity provider.
      case 'POST /sign-in':
        return this.signIn(JSON.parse(await bodyOf(request)) as SignIn, response);
      case 'GET /sessions':
        return reply(response, 200, this.journal.sessions(url.searchParams.get('person') ?? undefined));
      case 'GET /journal':
        return reply(response, 200, this.journal.since(url.searchParams.get('since') ?? ''));
      case 'GET /jwks.json':
        return reply(response, 200, this.receipts?.published() ?? { keys: [] });
      default:
        return reply(response, 404, { error: 'not_found' });
    }
  }

  private async endByToken(body: string, response: ServerResponse): Promise<void> {
    const arrivedAt = now();
    try {
      const token = await this.logoutTokens.verify(new URLSearchParams(body).get('logout_token') ?? '');
      if (this.journal.hasSeen(token.jti)) throw new Error('it was here before');
      const ended = this.journal.has(token.sid) ? 1 : 0;
      const answer = this.receipts ? '200, signed receipt' : '200';
      this.journal.append({ kind: 'told', arrivedAt, endedAt: now(), jti: token.jti, sid: token.sid, ended, answer });
      await this.confirm(token, response);
    } catch (error) {
      const why = (error as Error).message;
      const answer = `400, ${why}`;
      this.journal.append({ kind: 'told', arrivedAt, endedAt: now(), jti: null, sid: null, ended: 0, answer });
      reply(response, 400, { error: 'invalid_request', error_description: why });
    }
  }

  private async confirm(token: LogoutToken, response: ServerResponse): Promise<void> {
    if (!this.receipts) return reply(response, 200);
    const receipt = await this.receipts.sign(token);
    response.writeHead(200, { 'content-type': `application/${RECEIPT_TYPE}`, 'cache-control': 'no-store' });
    response.end(receipt);
  }

  private async signIn({ person, device, userAgent }: SignIn, response: ServerResponse): Promise<void> {
    const { curfew } = this;
    if (!curfew) return reply(response, 503, { error: 'not open yet' });
    const sid = randomUUID();
    try {
      const opened = await curfew.post<{ id: string; expiresAt: string; idleExpiresAt: string | null }>(
        '/v1/sessions',
        { subject: person, clientId: this.clientId, device, authenticatedAt: now(), sid, userAgent, ip: '127.0.0.1' },
      );
      // A revocation can overtake this answer. Its token found no session here; the session must not begin after it.
      if (this.journal.wasEnded(sid)) return reply(response, 403, { error: 'ended meanwhile' });
      const { id: sessionId, expiresAt, idleExpiresAt } = opened;
      this.journal.append({
        kind: 'opened',
        at: now(),
        sid,
        sessionId,
        person,
        device: device.id,
        expiresAt,
        idleExpiresAt,
      });
      reply(response, 201, { sid });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      reply(response, error.status, { error: error.code });
    }
  }

  /** Tells Curfew that the person is at work, and hears whether the session goes on and until when. */
  private async keepUp({ sid, sessionId, idleExpiresAt }: OwnSession, curfew: Curfew): Promise<void> {
    if (idleExpiresAt === null || Date.parse(idleExpiresAt) - Date.now() > BUSY_BEFORE_MS) return;
    const answer = await curfew
      .post<{ active: boolean; idleExpiresAt?: string | null }>(`/v1/sessions/${sessionId}/activity`, {})
      .catch((error: unknown) => {
        if (error instanceof Refused && error.status === 404) return { active: false, idleExpiresAt: null };
        throw error;
      });
    const { active } = answer;
    this.journal.append({ kind: 'asked', at: now(), sid, active, idleExpiresAt: answer.idleExpiresAt ?? null });
  }
}

const now = (): string => new Date().toISOString();

function reply(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BODY) throw new Error('the body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
