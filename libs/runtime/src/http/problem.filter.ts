import { Problem, type ProblemCode } from '@curfew/contracts';
import { isUnavailable } from '@curfew/messaging';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { throwError, type Observable } from 'rxjs';
import { InjectLogger, type Logger } from '../logging.js';

export const SCIM_JSON = 'application/scim+json';
export const SECEVENT_JWT = 'application/secevent+jwt';

const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'bad_request',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'body_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
};

/** Every error of a request becomes a problem document; an event's goes back to the event server as it is. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@InjectLogger() private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> | void {
    // Nest's default would replace the error, and a permanent one would look transient.
    if (host.getType() !== 'http') return throwError(() => error);
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = problemOf(error);
    if (problem.status >= 500 && problem.status !== 501)
      this.log.error({ err: error, method: request.method, route: request.routeOptions?.url }, problem.message);
    void sendProblem(reply, problem);
  }
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 503) void reply.header('retry-after', '1');
  if (problem.status === 429) void reply.header('retry-after', String(problem.more.retryAfterSeconds));
  // Fastify would close the connection under whoever still sends, who then gets a reset instead of the reason.
  if (problem.status === 413) void reply.removeHeader('connection');
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="curfew"');
  if (reply.request.url.startsWith('/oauth2/')) return sendOAuthError(reply, problem);
  if (reply.request.url.startsWith('/scim/')) return sendScimError(reply, problem);
  if (reply.request.url.startsWith('/v1/security-events/') && problem.status === 400)
    return sendSetError(reply, problem);
  return reply
    .status(problem.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}

/** RFC 7662 §2.3 and RFC 6749 §5.2 have a form of their own. */
function sendOAuthError(reply: FastifyReply, problem: Problem): FastifyReply {
  const error =
    problem.status >= 500
      ? 'server_error'
      : problem.status === 401 || problem.status === 429
        ? 'invalid_client'
        : problem.status === 403
          ? 'unauthorized_client'
          : 'invalid_request';
  return reply
    .status(problem.status)
    .header('cache-control', 'no-store')
    .send({ error, error_description: problem.message });
}

const SET_ERROR = 'set_';

export const setErrorOf = ({ code }: Problem): string =>
  code.startsWith(SET_ERROR) ? code.slice(SET_ERROR.length) : 'invalid_request';

/** RFC 8935 §2.3. */
const sendSetError = (reply: FastifyReply, problem: Problem): FastifyReply =>
  reply
    .status(problem.status)
    .header('cache-control', 'no-store')
    .header('content-language', 'en')
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ err: setErrorOf(problem), description: problem.message }));

const sendScimError = (reply: FastifyReply, problem: Problem): FastifyReply =>
  reply
    .status(problem.status)
    .header('cache-control', 'no-store')
    .type(`${SCIM_JSON}; charset=utf-8`)
    .send(JSON.stringify(scimErrorOf(problem)));

/** RFC 7644 §3.12. */
export function scimErrorOf(problem: Problem): Record<string, unknown> {
  const scimType = problem.more.scimType ?? SCIM_TYPES[problem.code];
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(problem.status),
    ...(scimType === undefined ? {} : { scimType }),
    detail: problem.message,
  };
}

const SCIM_TYPES: Readonly<Partial<Record<ProblemCode, string>>> = {
  invalid_json: 'invalidSyntax',
  invalid_encoding: 'invalidSyntax',
  json_too_deep: 'invalidSyntax',
  duplicate_key: 'invalidSyntax',
  forbidden_key: 'invalidSyntax',
  invalid_field: 'invalidValue',
  scim_conflict: 'uniqueness',
};

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isUnavailable(error)) return new Problem('unavailable');
  const status =
    error instanceof HttpException ? error.getStatus() : Number((error as { statusCode?: unknown } | null)?.statusCode);
  const code = BY_STATUS[status];
  if (code) return new Problem(code, (error as Error).message);
  return new Problem('internal');
}
