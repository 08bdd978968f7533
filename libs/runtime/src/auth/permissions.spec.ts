import { ROLES, type Role } from '@curfew/contracts';
import fc from 'fast-check';
import { PERMISSIONS, permissionsOf } from './permissions.js';

/** Who may do what, as people read it. A right that is not here is a right nobody has thought about. */
const MATRIX: Record<(typeof PERMISSIONS)[number], string> = {
  'applications:read': 'owner admin responder auditor read-only broker',
  'applications:write': 'owner admin',
  'deliveries:read': 'owner admin responder auditor read-only',
  'deliveries:redeliver': 'owner admin responder',
  'signing-keys:rotate': 'owner admin',
  'subjects:read': 'owner admin responder auditor read-only broker',
  'subjects:write': 'owner admin',
  'subjects:reinstate': 'owner admin responder',
  'subjects:protect': 'owner admin',
  'devices:read': 'owner admin responder auditor read-only',
  'devices:revoke': 'owner admin responder',
  'sessions:read': 'owner admin responder auditor read-only application broker',
  'sessions:open': 'owner admin application broker',
  'sessions:use': 'owner admin application broker',
  'sessions:end': 'owner admin responder application broker',
  'tokens:introspect': 'owner admin responder application broker',
  'revocations:read': 'owner admin responder auditor read-only',
  'revocations:write': 'owner admin responder',
  'revocations:approve': 'owner admin',
  'revocations:rule': 'owner',
  'signals:read': 'owner admin responder auditor read-only source',
  'signals:write': 'owner admin source',
  'signals:replay': 'owner admin responder',
  'signals:decide': 'owner admin responder',
  'signals:guard': 'owner admin',
  'signals:sources': 'owner admin',
  'shifts:read': 'owner admin responder auditor read-only',
  'shifts:write': 'owner admin',
  'shifts:approve': 'owner admin responder',
  'scim:provision': 'owner admin',
  'policies:read': 'owner admin responder auditor read-only',
  'policies:write': 'owner admin',
  'sign-in:evaluate': 'owner admin broker',
  'effective-policies:read': 'owner admin responder auditor read-only broker',
  'api-keys:read': 'owner admin auditor',
  'api-keys:write': 'owner',
  'audit:read': 'owner admin auditor',
  'tenants:read': 'operator',
  'tenants:write': 'operator',
};

it.each(PERMISSIONS)('%s', (permission) => {
  const may = ROLES.filter((role) => permissionsOf([role], null).has(permission));
  expect([...may].sort()).toEqual(MATRIX[permission].split(' ').sort());
});

const roles = fc.subarray<Role>([...ROLES]);

it('several roles may what any of them may', () => {
  fc.assert(
    fc.property(roles, (of) => {
      const each = of.flatMap((role) => [...permissionsOf([role], null)]);
      expect(permissionsOf(of, null)).toEqual(new Set(each));
    }),
  );
});

/** Only where its scopes say so. */
const NAMED = new Set(['source scim:provision']);

it('scopes narrow and never add, save what a role has only by name', () => {
  fc.assert(
    fc.property(roles, fc.subarray<string>([...PERMISSIONS, 'everything', '*']), (of, scopes) => {
      const [all, narrowed] = [permissionsOf(of, null), permissionsOf(of, scopes)];
      for (const permission of PERMISSIONS)
        expect(narrowed.has(permission)).toBe(
          (all.has(permission) || of.some((role) => NAMED.has(`${role} ${permission}`))) && scopes.includes(permission),
        );
    }),
  );
  expect(permissionsOf(['owner'], []).size).toBe(0);
  expect([...permissionsOf(['source'], ['scim:provision'])]).toEqual(['scim:provision']);
});
