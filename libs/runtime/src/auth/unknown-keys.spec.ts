import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { Logger } from '../logging.js';
import { Metrics } from '../metrics.js';
import { BearerGuard } from './bearer.guard.js';
import type { KeyDirectory } from './key-directory.js';
import { UnknownKeys } from './unknown-keys.js';

const GUESSER = '192.0.2.7';
const MINUTE = 60_000;

describe('F-73 guessing API keys', () => {
  let unknownKeys: UnknownKeys;
  let metrics: Metrics;
  const warnings: unknown[] = [];
  beforeEach(() => {
    warnings.length = 0;
    metrics = new Metrics();
    unknownKeys = new UnknownKeys({ warn: (line: unknown) => warnings.push(line) } as unknown as Logger, metrics);
  });

  const answer = (key: string, address = GUESSER, now = 0) => {
    try {
      return unknownKeys.refuse(address, key, now);
    } catch (error) {
      return error as { code: string; status: number; more: { retryAfterSeconds?: number } };
    }
  };
  const guess = (count: number, address?: string, now?: number) =>
    Array.from({ length: count }, (_, n) => answer(`cfw_guess-${n}`, address, now).status);

  it('is 401 a hundred times, and 429 from then on until the minute is over', () => {
    expect(new Set(guess(100))).toEqual(new Set([401]));
    expect(answer('cfw_one-more', GUESSER, 10_500)).toMatchObject({ status: 429, more: { retryAfterSeconds: 50 } });
    expect(answer('cfw_guess-0', GUESSER, MINUTE - 1)).toMatchObject({ status: 429, more: { retryAfterSeconds: 1 } });
    expect(answer('cfw_one-more', GUESSER, MINUTE).status).toBe(401);
  });

  it('is not what one wrong key is, however often it is tried, nor what other addresses do', () => {
    for (let n = 0; n < 1_000; n++) expect(answer('cfw_old-one').status).toBe(401);
    guess(100);
    expect(answer('cfw_one-more').status).toBe(429);
    expect(answer('cfw_one-more', '192.0.2.8').status).toBe(401);
  });

  it('is warned of once a minute, without a key, and counted', async () => {
    guess(300);
    expect(warnings).toEqual([{ address: GUESSER }]);
    guess(300, '192.0.2.8', MINUTE - 1);
    expect(warnings).toHaveLength(1);
    guess(300, '192.0.2.9', MINUTE);
    expect(warnings).toHaveLength(2);
    const text = await metrics.text(undefined, false);
    expect(text).toContain('curfew_unknown_keys_total{status="401"} 300');
    expect(text).toContain('curfew_unknown_keys_total{status="429"} 600');
  });

  it('from ever new addresses fills no memory', () => {
    for (let n = 0; n < 5_000; n++) answer('cfw_guess', `2001:db8::${n.toString(16)}`);
    expect((unknownKeys as unknown as { tried: { size: number } }).tried.size).toBe(1_000);
  });

  describe('at the guard', () => {
    const principal = { permissions: new Set(['audit:read']) };
    /** Whether an unknown key was waited for. */
    const patience: boolean[] = [];
    let guard: BearerGuard;
    beforeEach(() => {
      patience.length = 0;
      const keys = {
        find: (token: string, patient: () => boolean) => {
          if (token === 'cfw_known') return Promise.resolve(principal);
          patience.push(patient());
          return Promise.resolve(undefined);
        },
      } as unknown as KeyDirectory;
      const reflector = { getAllAndOverride: (key: string) => (key.endsWith('permission') ? 'audit:read' : undefined) };
      guard = new BearerGuard(reflector as unknown as Reflector, keys, unknownKeys);
    });
    const ask = async (token: string, headers: object = {}): Promise<boolean | string> => {
      const request = { ip: GUESSER, headers: { authorization: `Bearer ${token}`, ...headers } };
      const context = {
        getType: () => 'http',
        getHandler: () => ask,
        getClass: () => BearerGuard,
        switchToHttp: () => ({ getRequest: () => request }),
      } as unknown as ExecutionContext;
      return guard.canActivate(context).catch(({ code }: { code: string }) => code);
    };

    it('a key that is known passes, whoever guesses from its address; unknown ones are not waited for', async () => {
      for (let n = 0; n < 100; n++)
        expect(await ask(`cfw_guess-${n}`, { 'x-forwarded-for': `198.51.100.${n}` })).toBe('unauthenticated');
      expect(new Set(patience.splice(0))).toEqual(new Set([true]));
      expect(await ask('cfw_next', { 'x-forwarded-for': '203.0.113.1' })).toBe('too_many_unknown_keys');
      expect(await ask('cfw_known')).toBe(true);
      expect(patience).toEqual([false]);
    });

    it('no key at all is no guess', async () => {
      for (let n = 0; n < 200; n++) expect(await ask('')).toBe('unauthenticated');
      expect(await ask('cfw_guess')).toBe('unauthenticated');
    });
  });
});
