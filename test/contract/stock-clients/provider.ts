import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateSigningKey, signJwt, type SigningKey } from '@curfew/keys';

export const CLIENT_SECRET = 'secret-of-the-client-0123456789abcdef';

interface Code {
  readonly clientId: string;
  readonly nonce: string | null;
  readonly sub: string;
  readonly sid: string;
}

/**
 * A small OpenID Provider, as much of one as a sign-in needs: code flow, ID tokens with `sid`. Its issuer is Curfew's:
 * it publishes Curfew's key beside its own, as a client sees them when both belong to one tenant.
 */
export class Provider {
  private readonly codes = new Map<string, Code>();

  private constructor(
    private readonly server: Server,
    private readonly key: SigningKey,
    private readonly curfewKeys: readonly SigningKey[],
  ) {}

  static async start(curfewKeys: readonly SigningKey[]): Promise<Provider> {
    const server = createServer();
    const provider = new Provider(server, await generateSigningKey('RS256'), curfewKeys);
    server.on('request', (request, response) => {
      provider.answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.issuer);
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json(response, this.metadata());
      case '/jwks.json':
        return json(response, { keys: [this.key, ...this.curfewKeys].map(({ publicJwk }) => publicJwk) });
      case '/authorize':
        return this.authorize(url.searchParams, request.headers.cookie ?? '', response);
      case '/token':
        return this.token(await formOf(request), response);
      default:
        response.writeHead(404).end();
    }
  }

  private metadata() {
    const { issuer } = this;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks.json`,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    };
  }

  /** Whoever is signed in here, by the cookie `session=<sub>.<sid>`, is signed in there. */
  private authorize(asked: URLSearchParams, cookie: string, response: ServerResponse): void {
    const [, sub, sid] = /session=([^.;]+)\.([^;]+)/.exec(cookie)!;
    const code = randomUUID();
    this.codes.set(code, { clientId: asked.get('client_id')!, nonce: asked.get('nonce'), sub: sub!, sid: sid! });
    const back = new URL(asked.get('redirect_uri')!);
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.get('state') ?? '');
    response.writeHead(302, { location: back.href }).end();
  }

  private async token(form: URLSearchParams, response: ServerResponse): Promise<void> {
    const { clientId, nonce, sub, sid } = this.codes.get(form.get('code') ?? '')!;
    const iat = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer, aud: clientId, sub, sid, iat, exp: iat + 300, ...(nonce ? { nonce } : {}) };
    json(response, {
      access_token: randomUUID(),
      token_type: 'Bearer',
      expires_in: 300,
      id_token: await signJwt(this.key, 'JWT', claims),
    });
  }
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}
