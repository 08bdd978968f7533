import type { ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';

interface FakeRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly [more: string]: unknown;
}

/** What a parameter decorator of ours gives a controller for a request, and the headers it answers with. */
export function valueOf<T>(
  decorator: () => ParameterDecorator,
  headers: FakeRequest['headers'],
  more: Readonly<Record<string, unknown>> = {},
): { readonly value: T; readonly answered: Readonly<Record<string, string>> } {
  class Controller {
    handle(_: unknown): void {}
  }
  decorator()(Controller.prototype, 'handle', 0);
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, Controller, 'handle') as Record<
    string,
    { factory: (data: unknown, context: ExecutionContext) => T }
  >;
  const answered: Record<string, string> = {};
  const context = {
    switchToHttp: () => ({
      getRequest: () => ({ headers, ...more }),
      getResponse: () => ({ header: (name: string, value: string) => (answered[name] = value) }),
    }),
  } as unknown as ExecutionContext;
  return { value: Object.values(parameters)[0]!.factory(undefined, context), answered };
}
