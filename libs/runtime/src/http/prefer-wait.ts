import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

const LONGEST_S = 60;

/** `Prefer: wait=N` (RFC 7240 §4.3) in milliseconds; 0 when not asked for. More than a minute is cut to that. */
export const PreferWait = createParamDecorator((_: unknown, context: ExecutionContext): number => {
  const header = String(context.switchToHttp().getRequest<FastifyRequest>().headers.prefer ?? '');
  const wait = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,4})"?/i.exec(header)?.[1];
  if (!wait) return 0;
  const seconds = Math.min(Number(wait), LONGEST_S);
  void context.switchToHttp().getResponse<FastifyReply>().header('preference-applied', `wait=${seconds}`);
  return seconds * 1_000;
});
