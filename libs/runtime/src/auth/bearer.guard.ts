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
import { DESTRUCTIVE, type Permission } from './permissions.js';
import type { Principal } from './principal.js';
import { isFresh, stepUpRequired } from './step-up.js';
import { UnknownKeys } from './unknown-keys.js';

declare module 'fastify' {
  interface FastifyRequest {
    principal?: Principal;
  }
}

const PERMISSION = 'curfew:permission';
const PUBLIC = 'curfew:public';
const PEOPLE = 'curfew:people';

/** The right a route asks for. A route that names none is refused to everybody. */
export const Allow = (permission: Permission): CustomDecorator => SetMetadata(PERMISSION, permission);
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);

/** Beside `Allow`: only for people who signed in, whatever a program's key may. */
export const OnlyPeople = (): CustomDecorator => SetMetadata(PEOPLE, true);

export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!principal) throw new Problem('unauthenticated');
  return principal;
});

interface RouteRight {
  readonly isPublic: boolean;
  readonly onlyPeople: boolean;
  readonly permission: Permission | undefined;
}

@Injectable()
export class BearerGuard implements CanActivate {
  private readonly rights = new WeakMap<object, RouteRight>();

  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KeyDirectory,
    private readonly unknownKeys: UnknownKeys,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const { isPublic, onlyPeople, permission } = this.askedBy(context);
    if (isPublic) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = bearerToken(request.headers.authorization);
    if (token === undefined) throw new Problem('unauthenticated');
    const found = await this.keys.find(token, () => !this.unknownKeys.isGuessing(request.ip));
    if (!found) this.unknownKeys.refuse(request.ip, token);
    const isAct = permission !== undefined && DESTRUCTIVE.has(permission) && !isDryRun(request);
    const principal = isAct ? await this.stepUp(found, token) : found;
    if (!permission || !principal.permissions.has(permission)) throw new Problem('forbidden', `It takes ${permission}`);
    if (onlyPeople && !principal.person) throw new Problem('forbidden', 'This is for people who signed in');
    request.principal = principal;
    return true;
  }

  /** A program's key is asked for nothing more: it has no fresh factor, and whoever mints one has shown theirs. */
  private async stepUp(found: Principal, token: string): Promise<Principal> {
    if (!found.person || isFresh(found.person, Date.now())) return found;
    const now = await this.keys.findAnew(token); // they may have done so a moment ago
    if (!now) throw new Problem('unauthenticated');
    if (now.person && !isFresh(now.person, Date.now())) throw stepUpRequired(now.person);
    return now;
  }

  /** What a route asks for never changes; reading it from its metadata each time would be a part of every check. */
  private askedBy(context: ExecutionContext): RouteRight {
    const handler = context.getHandler();
    let right = this.rights.get(handler);
    if (!right) {
      const targets = [handler, context.getClass()];
      right = {
        isPublic: this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets) ?? false,
        onlyPeople: this.reflector.getAllAndOverride<boolean | undefined>(PEOPLE, targets) ?? false,
        permission: this.reflector.getAllAndOverride<Permission | undefined>(PERMISSION, targets),
      };
      this.rights.set(handler, right);
    }
    return right;
  }
}

/** A route that has no dry run refuses the parameter. */
const isDryRun = ({ query }: FastifyRequest): boolean => (query as { dryRun?: unknown }).dryRun === 'true';

/** RFC 6750 §2.1: in the header only. A key in the address would end up in logs. */
export function bearerToken(header: string | undefined): string | undefined {
  const match = /^Bearer ([\x21-\x7e]{1,300})$/i.exec(header ?? '');
  return match?.[1];
}
