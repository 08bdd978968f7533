import { Problem } from '@curfew/contracts';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ServiceError, Services } from '../proxy/services.client.js';
import type { Administrator, Deadline } from '../session/administrator.js';
import { Administrators } from '../session/administrators.js';
import { attemptCookieOf, attemptOf, cookieOf, isLoopback, tokenOf } from './cookie.js';

const CALLBACK = '/console/callback';
const LOGOUT = '/console/back-channel-logout';

/** Marks the attempt of somebody who is signed in already: what comes of it is told to another page. */
const AGAIN = 'again.';

interface Begun {
  readonly url: string;
  readonly attempt: string;
}

interface Finished {
  readonly tenant: string;
  readonly keyId: string;
  /** Null when somebody who is signed in proved it once more. */
  readonly key: string | null;
  readonly expiresAt: string;
  readonly endsBy: Deadline['by'];
}

/**
 * Signing in through a tenant's own provider. What the provider says is verified by policy, which gives the key: between
 * browser and policy this hands on what each has for the other, and keeps nothing but the browser's cookie.
 */
@Injectable()
export class ProviderServer {
  constructor(
    private readonly services: Services,
    private readonly administrators: Administrators,
  ) {}

  /** `loggedOut`: somebody of that tenant may be signed out now. */
  mount(server: FastifyInstance, api: string, loggedOut: (tenant: string) => void): void {
    server.post(`${api}/sign-in/provider`, (request, reply) => this.begin(request, reply));
    server.post(`${api}/confirm`, (request, reply) => this.confirm(request, reply));
    server.get(CALLBACK, (request, reply) => this.finish(request, reply));
    server.post(`${LOGOUT}/:tenant`, async (request, reply) => {
      const { tenant } = request.params as { tenant: string };
      const logoutToken = (request.body as { logout_token?: unknown } | undefined)?.logout_token;
      await this.call('logout-tokens', { tenant, logoutToken });
      loggedOut(tenant);
      return reply.header('cache-control', 'no-store').send({});
    });
  }

  /** Where the browser signs out of the provider too; undefined when it has no such place, or they came by a key. */
  async signOutUrl({ principal, key }: Administrator, request: FastifyRequest): Promise<string | undefined> {
    if (!principal.person) return undefined;
    const redirectUri = `${originOf(request)}/console/`;
    const { url } = await this.call<{ url: string | null }>('sign-out', { redirectUri }, key);
    return url ?? undefined;
  }

  private async begin(request: FastifyRequest, reply: FastifyReply): Promise<{ url: string }> {
    const { tenant } = (request.body ?? {}) as { tenant?: unknown };
    const redirectUri = originOf(request) + CALLBACK;
    const { url, attempt } = await this.call<Begun>('begin', { tenant, redirectUri });
    void reply.header('set-cookie', attemptCookieOf(attempt, request.headers.host));
    return { url };
  }

  /** The same for who is signed in: to prove once more who they are, now (ADR 37). */
  private async confirm(request: FastifyRequest, reply: FastifyReply): Promise<{ url: string }> {
    const { host, cookie } = request.headers;
    const found = await this.administrators.find(tokenOf(cookie, host), true);
    if (typeof found === 'string') throw new Problem('unauthenticated', found);
    const redirectUri = originOf(request) + CALLBACK;
    const { url, attempt } = await this.call<Begun>('confirm', { redirectUri }, found.key);
    void reply.header('set-cookie', attemptCookieOf(`${AGAIN}${attempt}`, host));
    return { url };
  }

  /** The browser comes from another site: what went wrong is told by the page it is sent on to. */
  private async finish(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { host, 'user-agent': userAgent, cookie } = request.headers;
    const over = attemptCookieOf(undefined, host);
    const begun = attemptOf(cookie, host);
    const isAgain = begun?.startsWith(AGAIN) ?? false;
    try {
      if (begun === undefined) throw new ServiceError(400, 'sign_in_expired');
      const attempt = isAgain ? begun.slice(AGAIN.length) : begun;
      const finished = await this.call<Finished>('finish', {
        ...{ attempt, callback: originOf(request) + request.url, ip: request.ip },
        ...(userAgent ? { userAgent: userAgent.slice(0, 512) } : {}),
      });
      const { key, expiresAt, endsBy } = finished;
      if (key === null) return await reply.header('set-cookie', over).redirect('/console/confirmed', 302);
      const token = await this.administrators.signInByProvider(
        { ...finished, key },
        { at: new Date(expiresAt), by: endsBy },
      );
      return await reply.header('set-cookie', [over, cookieOf(token, host)]).redirect('/console/', 302);
    } catch (error) {
      const code = error instanceof ServiceError ? error.code : 'unavailable';
      return reply
        .header('set-cookie', over)
        .redirect(`/console/${isAgain ? 'confirmed' : 'sign-in'}?refused=${encodeURIComponent(code)}`, 302);
    }
  }

  private async call<T>(what: string, body: object, key?: string): Promise<T> {
    return this.services.call<T>({
      method: 'POST',
      path: `/v1/administrators/${what}`,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
      ...(key === undefined ? {} : { key }),
    });
  }
}

/** As the browser sees this console. */
const originOf = ({ headers: { host } }: FastifyRequest): string =>
  `${isLoopback(host) ? 'http' : 'https'}://${host ?? ''}`;
