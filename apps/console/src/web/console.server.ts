import path from 'node:path';
import { Problem, PROBLEMS, type ProblemCode } from '@curfew/contracts';
import { bearerToken, InjectLogger, problemOf, sendProblem, type Logger } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LiveSessions } from '../live/live-sessions.js';
import { ServiceError, Services } from '../proxy/services.client.js';
import type { Administrator } from '../session/administrator.js';
import { Administrators } from '../session/administrators.js';
import { readAssets, type Asset } from './assets.fs.js';
import { cookieOf, tokenOf } from './cookie.js';
import { EventStream } from './event-stream.http.js';
import { ProviderServer } from './provider.server.js';

/** Set by the app on what changes something: no form and no other site can. */
const OWN_HEADER = 'x-curfew-console';
/** Sent by what runs by itself: it is no sign of life. */
const BACKGROUND_HEADER = 'x-curfew-background';
const API = '/console/api';
/** Asked by this server, with what no page is ever told. */
const NOT_FOR_PAGES = `${API}/v1/administrators/`;
const LOOK_AGAIN_MS = 1_500;
const FORWARDED = ['content-type', 'prefer', 'idempotency-key', 'if-match'];

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

/**
 * The console's own few routes, beside Nest's: it serves pages, not an API of Curfew's, so none of them is in the
 * OpenAPI document. What a person may do is decided by the service that is asked, with the person's own key.
 */
@Injectable()
export class ConsoleServer implements OnModuleInit, BeforeApplicationShutdown {
  private assets: ReadonlyMap<string, Asset>;
  private readonly streams = new Map<EventStream, string>();

  constructor(
    private readonly http: HttpAdapterHost,
    private readonly administrators: Administrators,
    private readonly services: Services,
    private readonly live: LiveSessions,
    private readonly provider: ProviderServer,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onModuleInit(): void {
    this.assets = readAssets(path.join(packageRoot(), 'dist', 'console-web'));
    const fastify = this.http.httpAdapter.getInstance<FastifyInstance>();
    void fastify.register((server, _options, done) => {
      server.setErrorHandler((error, _request, reply) => sendProblem(reply, this.problemFor(error)));
      server.addHook('onRequest', (request, reply, next) => {
        void reply.headers(HEADERS);
        next(this.forgery(request));
      });
      server.get('/', (_request, reply) => reply.redirect('/console', 302));
      server.get('/console', (request, reply) => this.page(request, reply));
      server.get('/console/*', (request, reply) => this.page(request, reply));
      server.post(`${API}/sign-in`, (request, reply) => this.signIn(request, reply));
      server.post(`${API}/sign-in-links`, (request) => this.link(request));
      server.post(`${API}/sign-out`, (request, reply) => this.signOut(request, reply));
      this.provider.mount(server, API, (tenant) => this.lookAgain(tenant));
      server.get(`${API}/me`, (request) => this.me(request));
      server.get(`${API}/events/sessions`, (request, reply) => this.events(request, reply));
      server.route({
        method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
        url: `${API}/v1/*`,
        handler: (request, reply) => this.proxy(request, reply),
      });
      done();
    });
  }

  beforeApplicationShutdown(): void {
    for (const stream of this.streams.keys()) stream.end();
  }

  /** Every address of the app is the app; a file that is not there is not. */
  private page(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const name = decodeURI(request.url.split('?')[0]!).replace(/^\/console\/?/, '');
    const isFile = name.startsWith('assets/') || name.startsWith('api/');
    const asset = this.assets.get(name) ?? (isFile ? undefined : this.assets.get('index.html'));
    if (!asset) throw new Problem('not_found');
    const zipped = asset.gzip !== undefined && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    return reply
      .header('cache-control', asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
      .header('vary', 'accept-encoding')
      .headers(zipped ? { 'content-encoding': 'gzip' } : {})
      .type(asset.type)
      .send(zipped ? asset.gzip : asset.plain);
  }

  private async signIn(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { key, link } = (request.body ?? {}) as { key?: unknown; link?: unknown };
    const token =
      typeof link === 'string'
        ? await this.administrators.signInByLink(link)
        : typeof key === 'string'
          ? await this.administrators.signIn(key)
          : undefined;
    if (token === undefined) throw new Problem('unauthenticated', typeof link === 'string' ? 'link' : 'key');
    void reply.header('set-cookie', cookieOf(token, request.headers.host));
    return {};
  }

  private async link(request: FastifyRequest): Promise<{ path: string }> {
    const key = bearerToken(request.headers.authorization);
    const link = key === undefined ? undefined : await this.administrators.link(key);
    if (link === undefined) throw new Problem('unauthenticated');
    // After the `#`: it is sent to nobody and stands in no log.
    return { path: `/console/sign-in#${link}` };
  }

  private async signOut(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const found = await this.administrators.find(tokenOf(request.headers.cookie, request.headers.host), false);
    void reply.header('set-cookie', cookieOf(undefined, request.headers.host));
    if (typeof found === 'string') return {};
    const url = await this.provider.signOutUrl(found, request).catch(() => undefined);
    await this.administrators.signOut(found);
    return { url };
  }

  private async me(request: FastifyRequest): Promise<unknown> {
    const key = bearerToken(request.headers.authorization);
    const principal =
      key === undefined ? (await this.administrator(request)).principal : await this.administrators.holderOf(key);
    if (!principal) throw new Problem('unauthenticated');
    const { tenant, actor, keyId, roles, permissions, person } = principal;
    return { tenant, actor, keyId, roles, permissions: [...permissions], name: person?.name ?? null };
  }

  private async proxy(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    if (request.url.startsWith(NOT_FOR_PAGES)) throw new Problem('not_found');
    const { key } = await this.administrator(request);
    const answer = await this.services.ask({
      key,
      method: request.method,
      path: request.url.slice(API.length),
      headers: Object.fromEntries(
        FORWARDED.flatMap((name) => (request.headers[name] ? [[name, String(request.headers[name])]] : [])),
      ),
      body: request.rawBody,
    });
    if (!answer) throw new Problem('not_found');
    return reply
      .status(answer.status)
      .headers({ ...answer.headers, 'cache-control': 'no-store' })
      .send(answer.body);
  }

  private async events(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { key, principal } = await this.administrator(request, false);
    reply.hijack();
    const stream = new EventStream(reply.raw, HEADERS, async () => {
      const found = await this.administrators.find(tokenOf(request.headers.cookie, request.headers.host), false);
      return typeof found === 'string' ? found : undefined;
    });
    this.streams.set(stream, principal.tenant);
    stream.signal.addEventListener('abort', () => this.streams.delete(stream));
    await this.live
      .show({
        tenant: principal.tenant,
        key,
        lastEventId: request.headers['last-event-id'] as string | undefined,
        signal: stream.signal,
        send: (frame) => stream.send(frame),
        end: () => stream.end(),
      })
      .catch((error: unknown) => {
        if (!stream.signal.aborted) this.log.warn({ err: error }, 'a live view broke off; the browser comes again');
        stream.end();
      });
  }

  /** Throws `unauthenticated`, with the reason as its detail. */
  private async administrator(
    request: FastifyRequest,
    active = request.headers[BACKGROUND_HEADER] === undefined,
  ): Promise<Administrator> {
    const found = await this.administrators.find(tokenOf(request.headers.cookie, request.headers.host), active);
    if (typeof found === 'string') throw new Problem('unauthenticated', found);
    return found;
  }

  /** Streams notice by themselves who is signed out; after a logout token soon. A revoked key is believed for a second. */
  private lookAgain(tenant: string): void {
    const look = (): void => {
      for (const [stream, of] of this.streams) if (of === tenant) void stream.ping();
    };
    setTimeout(look, LOOK_AGAIN_MS).unref();
  }

  /** A cookie comes along by itself; this header, and a request of this very site, do not. */
  private forgery({ method, headers, url }: FastifyRequest): Problem | undefined {
    if (method === 'GET' || method === 'HEAD' || headers.authorization !== undefined) return undefined;
    if (url.startsWith('/console/back-channel-logout/')) return undefined; // no browser's, and signed
    const site = headers['sec-fetch-site'];
    const own = headers[OWN_HEADER] !== undefined && (site === undefined || site === 'same-origin');
    return own ? undefined : new Problem('forbidden', 'cross-site');
  }

  private problemFor(error: unknown): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof ServiceError && isCode(error.code)) return new Problem(error.code, error.detail);
    if (error instanceof ServiceError || isUnreachable(error)) return new Problem('unavailable');
    const problem = problemOf(error);
    if (problem.status >= 500) this.log.error({ err: error }, problem.message);
    return problem;
  }
}

const isCode = (code: string): code is ProblemCode => Object.hasOwn(PROBLEMS, code);
const isUnreachable = (error: unknown): boolean =>
  /^(ECONN|EPIPE|ENOTFOUND|EAI_|UND_ERR_)/.test((error as { code?: string } | null)?.code ?? '');

/** The folder that holds dist, from the sources and from the build alike. */
function packageRoot(): string {
  return path.resolve(
    import.meta.dirname.split(`${path.sep}dist${path.sep}`)[0]!.split(`${path.sep}apps${path.sep}`)[0]!,
  );
}
