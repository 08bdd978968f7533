import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';

export const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
export const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';

/** Somebody else's transmitter of shared signals: its metadata and its keys over HTTP, and what it signs. */
export class Transmitter {
  /** What was asked for, by path. */
  readonly asked: string[] = [];
  readonly issuer: string;

  private constructor(
    private readonly server: Server,
    readonly audience: string,
    readonly privateKey: CryptoKey,
    readonly publicKey: CryptoKey,
    private readonly kid: string,
  ) {
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(audience = 'https://curfew.test'): Promise<Transmitter> {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const kid = randomUUID();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const transmitter = new Transmitter(server, audience, privateKey, publicKey, kid);
    const keys = { keys: [{ ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' }] };
    server.on('request', (request: IncomingMessage, response) => {
      transmitter.asked.push(request.url!);
      const answer = { '/.well-known/ssf-configuration': transmitter.metadata, '/jwks': keys }[request.url!];
      response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
    });
    return transmitter;
  }

  get metadata(): Record<string, unknown> {
    return { spec_version: '1_0', issuer: this.issuer, jwks_uri: `${this.issuer}/jwks` };
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
      .setProtectedHeader({ alg: 'RS256', typ: 'secevent+jwt', kid: this.kid, ...header })
      .sign(this.privateKey);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
