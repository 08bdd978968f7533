import { claimOf, rolesFrom, textClaim } from './sign-in-settings.js';

const roles = [
  { value: 'sec-ops', role: 'responder' },
  { value: 'it', role: 'admin' },
  { value: 'it', role: 'auditor' },
] as const;

it.each([
  [{ groups: ['it', 'sec-ops'] }, ['admin', 'responder', 'auditor']],
  [{ groups: 'sec-ops' }, ['responder']],
  [{ groups: ['IT', 'it '] }, []],
  [{ groups: [{ value: 'it' }, 7, null] }, []],
  [{ groups: { it: true } }, []],
  [{}, []],
])('%j is %j', (claims, expected) => expect(rolesFrom({ rolesClaim: 'groups', roles }, claims)).toEqual(expected));

it('a claim is found by its name, or by the way to it, and never in what every object has', () => {
  expect(claimOf({ realm_access: { roles: ['it'] } }, 'realm_access.roles')).toEqual(['it']);
  expect(claimOf({ 'https://acme.test/groups': ['it'] }, 'https://acme.test/groups')).toEqual(['it']);
  expect(claimOf({}, 'constructor')).toBeUndefined();
  expect(claimOf({ a: 'text' }, 'a.length')).toBeUndefined();
  expect(textClaim({ sub: 'x'.repeat(257) }, 'sub')).toBeUndefined();
  expect(textClaim({ sub: 7 }, 'sub')).toBeUndefined();
});
