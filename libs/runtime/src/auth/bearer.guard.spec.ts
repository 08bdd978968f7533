import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Allow, BearerGuard, bearerToken } from './bearer.guard.js';
import type { KeyDirectory } from './key-directory.js';
import { DESTRUCTIVE, PERMISSIONS, type Permission } from './permissions.js';
import type { Principal, SignedInPerson } from './principal.js';
import type { UnknownKeys } from './unknown-keys.js';

describe('a bearer token', () => {
  it.each(['Bearer cfw_abc', 'bearer cfw_abc', 'BEARER cfw_abc'])('is in %j', (header) =>
    expect(bearerToken(header)).toBe('cfw_abc'),
  );

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer  two-spaces',
    'Bearer a b',
    ' Bearer a',
    'Bearer a\n',
    'Bearer a\r\nx: y',
    'Bearer schlüssel',
    'Basic YTpi',
    'cfw_abc',
    `Bearer ${'x'.repeat(301)}`,
  ])('is not in %j', (header) => expect(bearerToken(header)).toBeUndefined());

  it('is not looked for without end', () => {
    const began = performance.now();
    expect(bearerToken(`Bearer ${'x '.repeat(1_000_000)}`)).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('AD-01 a fresh sign-in before a destructive act', () => {
  const stepUp = { seconds: 300, acr: 'strong' };
  const person = (ageSeconds: number, more: Partial<SignedInPerson> = {}): SignedInPerson => ({
    ...{ subject: 'ada', name: 'Ada', acr: 'strong', stepUp },
    authenticatedAt: new Date(Date.now() - ageSeconds * 1_000),
    ...more,
  });
  /** `known`: by the directory itself, where that is later than what it believed. */
  const ask = async (of: SignedInPerson | null, permission: Permission, query = {}, known = of) => {
    const principalOf = (who: SignedInPerson | null) =>
      ({ person: who, permissions: new Set(PERMISSIONS) }) as unknown as Principal;
    const keys = {
      find: () => Promise.resolve(principalOf(of)),
      findAnew: () => Promise.resolve(principalOf(known)),
    } as unknown as KeyDirectory;
    class Acts {
      @Allow(permission)
      act(): void {}
    }
    const guard = new BearerGuard(new Reflector(), keys, {} as UnknownKeys);
    const request = { headers: { authorization: 'Bearer cfw_x' }, query };
    const context = {
      getType: () => 'http',
      getHandler: () => Object.getOwnPropertyDescriptor(Acts.prototype, 'act')!.value as object,
      getClass: () => Acts,
      switchToHttp: () => ({ getRequest: () => request }),
    } as unknown as ExecutionContext;
    return guard.canActivate(context).catch((error: { code: string; more: object }) => error);
  };
  const REQUIRED = { code: 'step_up_required', more: { maxAge: 300, acrValues: 'strong' } };

  it('is asked of people for each of those rights, and for no other', async () => {
    for (const permission of PERMISSIONS)
      expect(await ask(person(301), permission)).toEqual(
        DESTRUCTIVE.has(permission) ? expect.objectContaining({ code: 'step_up_required' }) : true,
      );
  });

  it.each([
    ['fresh, in the way that is asked for', person(299), true],
    ['too old', person(301), REQUIRED],
    ['fresh, in another way', person(1, { acr: 'password' }), REQUIRED],
    ['fresh, and the provider does not say how', person(1, { acr: null }), REQUIRED],
    ['fresh, where any way will do', person(1, { acr: null, stepUp: { seconds: 300, acr: null } }), true],
    ['old, where nothing is asked for', person(9_999, { stepUp: null }), true],
    ['old, by a key from before there was such a thing', person(9_999, { stepUp: undefined }), true],
    ['a program, which has no fresh factor', null, true],
  ])('%s', async (_, who, answer) => {
    const said = await ask(who, 'revocations:write');
    if (answer === true) expect(said).toBe(true);
    else expect(said).toMatchObject(answer);
  });

  it('is not asked for a dry run; and who has proved it a moment ago is not asked again', async () => {
    expect(await ask(person(301), 'revocations:write', { dryRun: 'true' })).toBe(true);
    expect(await ask(person(301), 'revocations:write', { dryRun: 'false' })).toMatchObject(REQUIRED);
    expect(await ask(person(301), 'revocations:write', {}, person(1))).toBe(true);
  });
});
