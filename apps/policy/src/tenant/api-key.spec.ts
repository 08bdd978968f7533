import { ROLES, type Role } from '@curfew/contracts';
import { permissionsOf, type Principal } from '@curfew/runtime';
import fc from 'fast-check';
import { assertGrantable, hashToken, mintToken } from './api-key.js';

const by = (...roles: Role[]): Principal =>
  ({ roles, permissions: permissionsOf(roles, null) }) as Partial<Principal> as Principal;
const codeOf = (roles: Role[], scopes: string[] | null, giver: Principal): string => {
  try {
    assertGrantable({ roles, scopes }, giver);
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('a key', () => {
  it('that an owner makes is no operator', () => {
    expect(codeOf(['owner', 'operator'], null, by('owner'))).toBe('role_not_grantable');
    expect(codeOf(['operator'], null, by('owner', 'operator'))).toBe('ok');
    for (const role of ROLES.filter((name) => name !== 'operator'))
      expect(codeOf([role], null, by('owner'))).toBe('ok');
  });

  it('never may what its maker may not; scopes may bring it down to that', () => {
    expect(codeOf(['owner'], null, by('responder'))).toBe('role_not_grantable');
    expect(codeOf(['owner'], ['revocations:write'], by('responder'))).toBe('ok');
    const roles = fc.subarray<Role>([...ROLES]);
    fc.assert(
      fc.property(roles, roles, (given, giving) => {
        const giver = by(...giving);
        const beyond = [...permissionsOf(given, null)].some((permission) => !giver.permissions.has(permission));
        expect(codeOf(given, null, giver)).toBe(beyond ? 'role_not_grantable' : 'ok');
      }),
    );
  });
});

it('a key is new each time, fits a header, and is kept as a hash alone', () => {
  const [one, other] = [mintToken(), mintToken()];
  expect(one).not.toBe(other);
  expect(one).toMatch(/^cfw_[\w-]{43}$/);
  expect(hashToken(one)).toMatch(/^[0-9a-f]{64}$/);
});
