import { Problem } from '@curfew/contracts';
import { BadRequestException, NotFoundException, type ArgumentsHost } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { lastValueFrom, type Observable } from 'rxjs';
import { createLogger } from '../logging.js';
import { ProblemFilter, problemOf, sendProblem } from './problem.filter.js';

/** What Fastify would have sent. */
function replyTo(url: string) {
  const sent = {
    status: 0,
    type: 'application/json',
    headers: {} as Record<string, string>,
    body: undefined as unknown,
  };
  const reply = {
    request: { url },
    status: (status: number) => ((sent.status = status), reply),
    header: (name: string, value: string) => ((sent.headers[name] = value), reply),
    type: (type: string) => ((sent.type = type), reply),
    send: (body: unknown) => ((sent.body = typeof body === 'string' ? (JSON.parse(body) as unknown) : body), reply),
  };
  return { sent, reply: reply as unknown as FastifyReply };
}
const sentFor = (url: string, problem: Problem) => {
  const { sent, reply } = replyTo(url);
  void sendProblem(reply, problem);
  return sent;
};

describe('an error is told as', () => {
  it.each([
    ['what it says it is', new Problem('subject_barred'), 'subject_barred'],
    ['a bad request of Nest', new BadRequestException(), 'bad_request'],
    ['a route that is not there', new NotFoundException(), 'not_found'],
    ['a body too large', Object.assign(new Error('too large'), { statusCode: 413 }), 'body_too_large'],
    ['an address too long', Object.assign(new Error('too long'), { statusCode: 414 }), 'uri_too_long'],
    ['another content type', Object.assign(new Error('xml'), { statusCode: 415 }), 'unsupported_media_type'],
    ['a database that is down', Object.assign(new Error('down'), { code: 'ECONNREFUSED' }), 'unavailable'],
    ['a database that shuts down', Object.assign(new Error('down'), { code: '57P01' }), 'unavailable'],
    ['anything else', new TypeError('x is not a function'), 'internal'],
    ['nothing', undefined, 'internal'],
    ['a text', 'oops', 'internal'],
  ])('%s', (_, error, code) => expect(problemOf(error).code).toBe(code));

  it('internal without a word of what went wrong', () => {
    const body = sentFor('/v1/sessions', problemOf(new Error('password authentication failed for user curfew'))).body;
    expect(JSON.stringify(body)).not.toContain('password');
  });
});

describe('a problem document (RFC 9457)', () => {
  it('has its type, title, status and code, the detail and the fields', () => {
    const problem = new Problem('invalid_field', 'name: must be text', { errors: [{ field: 'name', message: 'm' }] });
    expect(sentFor('/v1/applications', problem)).toEqual({
      status: 400,
      type: 'application/problem+json; charset=utf-8',
      headers: { 'cache-control': 'no-store' },
      body: {
        type: 'urn:curfew:problem:invalid_field',
        title: 'A field is not valid',
        status: 400,
        code: 'invalid_field',
        detail: 'name: must be text',
        errors: [{ field: 'name', message: 'm' }],
      },
    });
  });

  it('says when to try again, and how to say who one is', () => {
    expect(sentFor('/v1/sessions', new Problem('unavailable')).headers).toHaveProperty('retry-after');
    const guessing = new Problem('too_many_unknown_keys', undefined, { retryAfterSeconds: 7 });
    expect(sentFor('/v1/sessions', guessing)).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
    expect(sentFor('/v1/sessions', new Problem('unauthenticated')).headers).toHaveProperty('www-authenticate');
    expect(sentFor('/v1/sessions', new Problem('forbidden')).headers).not.toHaveProperty('www-authenticate');
  });
});

it.each([
  ['unauthenticated', 401, 'invalid_client'],
  ['too_many_unknown_keys', 429, 'invalid_client'],
  ['forbidden', 403, 'unauthorized_client'],
  ['invalid_field', 400, 'invalid_request'],
  ['unavailable', 503, 'server_error'],
  ['internal', 500, 'server_error'],
] as const)('OAuth has a form of its own: %s is %d %s', (code, status, error) => {
  const sent = sentFor('/oauth2/introspect', new Problem(code));
  expect(sent).toMatchObject({ status, body: { error } });
  expect(Object.keys(sent.body as object)).toEqual(['error', 'error_description']);
});

it('RFC 8935: a SET endpoint says in its own form what is wrong with a token, and in the usual one all else', () => {
  const address = '/v1/security-events/ssf_1';
  expect(sentFor(address, new Problem('set_invalid_issuer'))).toMatchObject({
    status: 400,
    type: 'application/json; charset=utf-8',
    headers: { 'content-language': 'en', 'cache-control': 'no-store' },
    body: { err: 'invalid_issuer', description: 'It is not from the transmitter of this stream' },
  });
  expect(sentFor(address, new Problem('invalid_field', 'x: y')).body).toEqual({
    err: 'invalid_request',
    description: 'x: y',
  });
  expect(sentFor(address, new Problem('unavailable'))).toMatchObject({ status: 503, body: { code: 'unavailable' } });
});

it("an event's error goes back to the event server as it is, or a permanent one would be tried for ever", async () => {
  const filter = new ProblemFilter(createLogger({ logLevel: 'silent', logFile: undefined }));
  const error = new Error('permanent');
  const host = { getType: () => 'rpc' } as unknown as ArgumentsHost;
  await expect(lastValueFrom(filter.catch(error, host) as Observable<never>)).rejects.toBe(error);
});
