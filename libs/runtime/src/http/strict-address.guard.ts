import { invalidField } from '@curfew/contracts';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import type { FastifyRequest } from 'fastify';
import { isPlainText } from './plain-text.js';

const QUERY = '4:'; // Nest's RouteParamtypes

/** What the guard can't tell by itself: a route that takes its whole query as a DTO has it validated like a body. */
const ANY = Symbol('any');

/**
 * An address is taken as strictly as a body: a parameter nobody reads is an option that is not in force (`?dryrun=true`
 * would end what was only to be counted), one given twice means two things, and control characters are nobody's id.
 */
@Injectable()
export class StrictAddressGuard implements CanActivate {
  private readonly read = new WeakMap<object, ReadonlySet<string> | typeof ANY>();

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const { query, params } = context.switchToHttp().getRequest<FastifyRequest>();
    const known = this.parametersOf(context);
    for (const [name, value] of Object.entries(query as Record<string, string | string[]>)) {
      if (known !== ANY && !known.has(name)) throw invalidField(name, 'is not a parameter of this address');
      if (typeof value !== 'string') throw invalidField(name, 'must be given once');
      assertPlain(name, value);
    }
    for (const [name, value] of Object.entries(params as Record<string, string>)) assertPlain(name, value);
    return true;
  }

  private parametersOf(context: ExecutionContext): ReadonlySet<string> | typeof ANY {
    const handler = context.getHandler();
    let known = this.read.get(handler);
    if (!known) {
      const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), handler.name) ?? {}) as Record<
        string,
        { readonly data?: string }
      >;
      const names = Object.entries(args).flatMap(([key, { data }]) => (key.startsWith(QUERY) ? [data] : []));
      known = names.includes(undefined) ? ANY : new Set(names.filter((name) => name !== undefined));
      this.read.set(handler, known);
    }
    return known;
  }
}

function assertPlain(name: string, value: string): void {
  if (!isPlainText(value)) throw invalidField(name, 'must not contain control characters');
}
