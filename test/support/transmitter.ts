import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT, type JWK, type JWTPayload } from 'jose';

export const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
export const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
export const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/';

/** It says that there are more. */
const MOST_AT_ONCE = 40;

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Record<string, unknown>;
}

interface Answered {
  readonly status: number;
  readonly json?: unknown;
}

/**
 * Somebody else's transmitter of shared signals: its metadata and its keys over HTTP, what it signs, one stream it lets a
 * receiver set up, and what waits there to be polled until it is acknowledged.
 */
export class Transmitter {
  /** Of it, in order. */
  readonly asked: Asked[] = [];
  /** By jti: what was not acknowledged yet. */
  readonly waiting = new Map<string, string>();
  /** What the receiver could not take. */
  readonly errors: Record<string, { err: string }> = {};
  readonly issuer: string;
  /** What is answered instead, to whatever is asked of these paths. */
  readonly failing = new Map<string, number>();
  stream: Record<string, unknown> | undefined;
  status = 'enabled';

  private constructor(
    private readonly server: Server,
    readonly audience: string,
    readonly privateKey: CryptoKey,
    private readonly jwk: JWK,
  ) {
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(audience = 'https://curfew.test'): Promise<Transmitter> {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const jwk = { ...(await exportJWK(publicKey)), kid: randomUUID(), use: 'sig', alg: 'RS256' };
    const transmitter = new Transmitter(server, audience, privateKey, jwk);
    server.on('request', (request, response) => void transmitter.answer(request, response));
    return transmitter;
  }

  /** What it says of somebody; `claims` and `header` replace what would stand there. */
  set(
    event: string,
    subject: Record<string, unknown>,
    members: Record<string, unknown> = {},
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
  ): Promise<string> {
    const said = { sub_id: subject, events: { [event]: members } };
    return this.sign({ ...this.usual(), ...said, ...claims }, header);
  }

  usual(): Record<string, unknown> {
    return { iss: this.issuer, aud: this.audience, iat: Math.floor(Date.now() / 1000), jti: randomUUID() };
  }

  sign(claims: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> {
    return new SignJWT(claims as JWTPayload)
      .setProtectedHeader({ alg: 'RS256', typ: 'secevent+jwt', kid: this.jwk.kid, ...header })
      .sign(this.privateKey);
  }

  /** Puts it where it is polled. Answers its jti. */
  async say(event: string, subject: Record<string, unknown>, members = {}, claims = {}): Promise<string> {
    const jti = randomUUID();
    this.waiting.set(jti, await this.set(event, subject, members, { jti, ...claims }));
    return jti;
  }

  askedFor(path: string): Asked[] {
    return this.asked.filter((asked) => asked.path === path);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await text(request);
    const { pathname, searchParams } = new URL(request.url!, this.issuer);
    const body = (raw.startsWith('{') ? JSON.parse(raw) : Object.fromEntries(new URLSearchParams(raw))) as object;
    const { authorization } = request.headers;
    const asked = { method: request.method!, path: pathname, authorization, body: { ...body } };
    this.asked.push(asked);
    const failing = this.failing.get(pathname);
    const { status, json } = failing ? { status: failing } : await this.answerTo(asked, searchParams);
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(json === undefined ? '' : JSON.stringify(json));
  }

  private async answerTo({ method, path, body, authorization }: Asked, query: URLSearchParams): Promise<Answered> {
    const { issuer } = this;
    switch (path) {
      case '/.well-known/ssf-configuration':
        return { status: 200, json: this.metadata };
      case '/jwks':
        return { status: 200, json: { keys: [this.jwk] } };
      case '/token':
        return { status: 200, json: { access_token: 'access', expires_in: 300, token_type: 'Bearer' } };
    }
    if (authorization !== 'Bearer access') return { status: 401 };
    if (path === '/poll') return { status: 200, json: this.poll(body) };
    if (path === '/streams') return this.manage(method, body, query);
    if (this.stream?.stream_id !== (body.stream_id ?? query.get('stream_id'))) return { status: 404 };
    switch (path) {
      case '/status':
        if (method === 'POST') this.status = body.status as string;
        return { status: 200, json: { stream_id: this.stream!.stream_id, status: this.status } };
      case '/verify':
        await this.say(`${SSF}verification`, { format: 'opaque', id: this.stream!.stream_id }, { state: body.state });
        return { status: 204 };
      case '/subjects':
        return { status: 200 };
      default:
        return { status: 404, json: { issuer } };
    }
  }

  private manage(method: string, body: Record<string, unknown>, query: URLSearchParams): Answered {
    if (method === 'GET') return { status: 200, json: this.stream ? [this.stream] : [] };
    if (method === 'POST' && this.stream) return { status: 409 };
    if (method === 'DELETE') {
      const there = this.stream?.stream_id === query.get('stream_id');
      this.stream = undefined;
      return { status: there ? 204 : 404 };
    }
    const { method: how, ...delivery } = body.delivery as Record<string, unknown>;
    const polled = how === 'urn:ietf:rfc:8936' ? { endpoint_url: `${this.issuer}/poll` } : {};
    this.stream = {
      ...{ stream_id: 'f1', iss: this.issuer, aud: this.audience, events_requested: body.events_requested },
      delivery: { method: how, ...delivery, ...polled },
    };
    return { status: method === 'POST' ? 201 : 200, json: this.stream };
  }

  /** RFC 8936 §2.4: what was not acknowledged is sent again. */
  private poll({ ack = [], setErrs = {}, maxEvents = 10 }: Record<string, unknown>): unknown {
    for (const jti of ack as string[]) this.waiting.delete(jti);
    Object.assign(this.errors, setErrs);
    for (const jti of Object.keys(setErrs as object)) this.waiting.delete(jti);
    const sets = [...this.waiting].slice(0, Math.min(maxEvents as number, MOST_AT_ONCE));
    return { sets: Object.fromEntries(sets), moreAvailable: this.waiting.size > sets.length };
  }

  private get metadata(): Record<string, unknown> {
    const { issuer } = this;
    return {
      ...{ spec_version: '1_0', issuer, jwks_uri: `${issuer}/jwks` },
      ...{ configuration_endpoint: `${issuer}/streams`, status_endpoint: `${issuer}/status` },
      ...{ verification_endpoint: `${issuer}/verify`, add_subject_endpoint: `${issuer}/subjects` },
    };
  }
}
