import { randomUUID } from 'node:crypto';
import { Problem } from '@curfew/contracts';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics.js';
import { problemOf, SCIM_JSON, SECEVENT_JWT, sendProblem } from './problem.filter.js';
import { parseStrictJson } from './strict-json.js';

const LARGEST_BODY = 256 * 1024;
/** A group is sent whole, with every member it has, and so are a tenant's policies. */
export const LARGEST_SCIM_BODY = 2 * 1024 * 1024;
const LARGE = ['/scim/', '/v1/policies/document'];

/** Fastify as every service runs it: strict bodies, problem documents also for what never reaches a controller. */
export function createAdapter(metrics: Metrics): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: LARGEST_BODY,
    routerOptions: { maxParamLength: 512 },
    genReqId: () => randomUUID(),
    return503OnClosing: false,
    frameworkErrors: (error: unknown, _request: FastifyRequest, reply: FastifyReply) =>
      void sendProblem(reply, problemOf(error)),
  });
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  fastify.addHook('onRoute', (route) => {
    if (LARGE.some((path) => route.url.startsWith(path))) route.bodyLimit = LARGEST_SCIM_BODY;
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(['application/json', SCIM_JSON], { parseAs: 'buffer' }, (request, body, done) => {
    request.rawBody = body as Buffer;
    try {
      done(null, parseStrictJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  // A security event token (RFC 8935 §2.1): what is in it is read where it is verified.
  fastify.addContentTypeParser(SECEVENT_JWT, { parseAs: 'string' }, (_request, body, done) => done(null, body));
  fastify.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 16 * 1024 },
    (_request, body, done) => {
      const entries = [...new URLSearchParams(body as string)];
      const form = Object.fromEntries(entries);
      if (Object.keys(form).length < entries.length) done(new Problem('duplicate_key'));
      else done(null, form);
    },
  );
  fastify.addHook('onResponse', (request, reply, done) => {
    metrics.requests.observe(
      { method: request.method, route: request.routeOptions.url ?? 'unknown', status: reply.statusCode },
      reply.elapsedTime / 1000,
    );
    done();
  });
  return adapter;
}
