import { SCIM_JSON, type Principal } from '@curfew/runtime';
import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Shown } from './find-resources.js';
import type { Resource } from './read-resource.js';
import { etagOf } from './scim-view.js';
import type { Directory } from './tell-directory.js';

/** What a key that speaks for no particular source provisions is told by this one. */
const API_SOURCE = 'api';

export const directoryOf = ({ tenant, source, actor }: Principal): Directory => ({
  tenant,
  source: source ?? API_SOURCE,
  actor,
});

/** Where the client reached us: what it follows later must lead the same way. */
export const ScimBase = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const { protocol, host, headers } = context.switchToHttp().getRequest<FastifyRequest>();
  const forwarded = String(headers['x-forwarded-proto'] ?? '');
  return `${/^https?$/.test(forwarded) ? forwarded : protocol}://${host}/scim/v2`;
});

/** What a route answers and takes, as the OpenAPI document has it. */
export const ScimAnswers = (status: number): MethodDecorator =>
  ApiResponse({ status, description: 'A resource or a message of SCIM', content: json() });

export const ScimTakes = (description: string): MethodDecorator =>
  applyDecorators(ApiConsumes(SCIM_JSON), ApiBody({ description, schema: { type: 'object' } }));

const json = () => ({
  [SCIM_JSON]: {
    schema: {
      type: 'object',
      properties: { schemas: { type: 'array', items: { type: 'string' } } },
      required: ['schemas'],
    },
  },
});

export function message(reply: FastifyReply, resource: Resource): Resource {
  void reply.type(`${SCIM_JSON}; charset=utf-8`);
  return resource;
}

export function shown(reply: FastifyReply, { resource, version }: Shown): Resource {
  const { location } = resource.meta as { location: string };
  void reply.header('etag', etagOf({ version })).header('content-location', location);
  return message(reply, resource);
}

/** `known`: the version that If-None-Match names. */
export function shownUnlessKnown(reply: FastifyReply, one: Shown, known: string | undefined): Resource | undefined {
  if (known !== etagOf(one)) return shown(reply, one);
  void reply.status(304).header('etag', etagOf(one));
  return undefined;
}

export function created(reply: FastifyReply, one: Shown): Resource {
  void reply.header('location', (one.resource.meta as { location: string }).location);
  return shown(reply, one);
}
