import { Problem } from '@curfew/contracts';
import {
  createParamDecorator,
  Injectable,
  SetMetadata,
  type CanActivate,
  type CustomDecorator,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { KeyDirectory } from './key-directory.js';
import type { Permission } from './permissions.js';
import type { Principal } from './principal.js';

declare module 'fastify' {
  interface FastifyRequest {
    principal?: Principal;
  }
}

const PERMISSION = 'curfew:permission';
const PUBLIC = 'curfew:public';

/** The right a route asks for. A route that names none is refused to everybody. */
export const Allow = (permission: Permission): CustomDecorator => SetMetadata(PERMISSION, permission);
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);

export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!principal) throw new Problem('unauthenticated');
  return principal;
});

@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KeyDirectory,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, targets)) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = bearerToken(request.headers.authorization);
    const principal = token === undefined ? undefined : await this.keys.find(token);
    if (!principal) throw new Problem('unauthenticated');
    const permission = this.reflector.getAllAndOverride<Permission>(PERMISSION, targets);
    if (!permission || !principal.permissions.has(permission)) throw new Problem('forbidden', `It takes ${permission}`);
    request.principal = principal;
    return true;
  }
}

/** RFC 6750 §2.1: in the header only. A key in the address would end up in logs. */
export function bearerToken(header: string | undefined): string | undefined {
  const match = /^Bearer ([\x21-\x7e]{1,300})$/i.exec(header ?? '');
  return match?.[1];
}
