import { Problem } from '@curfew/contracts';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** A JSON body as it came. */
    rawBody?: Buffer;
  }
}

export interface RawJson {
  /** What a sender signs; two texts of the same value are not the same. */
  readonly bytes: Buffer;
  readonly value: unknown;
}

/** The JSON body of whatever shape, with its bytes. */
export const RawBody = createParamDecorator((_: unknown, context: ExecutionContext): RawJson => {
  const { rawBody, body } = context.switchToHttp().getRequest<FastifyRequest>();
  if (rawBody === undefined && body !== undefined) throw new Problem('unsupported_media_type');
  return { bytes: rawBody ?? Buffer.alloc(0), value: body };
});

/** The body as text, of a type that is not JSON. */
export const TextBody = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const { body } = context.switchToHttp().getRequest<FastifyRequest>();
  if (typeof body !== 'string') throw new Problem('unsupported_media_type');
  return body;
});
