import { INITIAL_POLICY, INITIAL_SESSION_POLICY, type PolicyOverride } from '@curfew/contracts';
import fc from 'fast-check';
import { changesOfDefault, changesOfOverride, looserThanOrganisation } from './changes.js';
import { directionOf } from './field-rules.js';
import { organisationPolicy } from './resolve.js';
import { anOverride, anyPolicy, hostileName } from './policy-rules.fake.js';

const override = (values: PolicyOverride['values'], more: Partial<PolicyOverride> = {}): PolicyOverride => ({
  values,
  exact: [],
  reason: null,
  expiresAt: null,
  privileged: false,
  ...more,
});

describe('the order of a field', () => {
  it.each([
    ['idleSeconds', null, 3_600, 'tightens'],
    ['idleSeconds', 900, 3_600, 'loosens'],
    ['cap', 3, null, 'loosens'],
    ['overCap', 'evict', 'block', 'tightens'],
    ['mfa', 'off', 'optional', 'tightens'],
    ['mfa', 'required', 'optional', 'loosens'],
    ['persistent', true, false, 'tightens'],
    ['auditLevel', 'detailed', 'standard', 'loosens'],
    ['factors', ['a', 'b'], ['a'], 'tightens'],
    ['factors', ['a'], ['b'], 'loosens'],
    ['factors', ['a', 'b'], ['b', 'a'], 'same'],
    ['triggers', ['a'], ['a', 'b'], 'tightens'],
    ['triggers', ['a', 'b'], ['a'], 'loosens'],
  ] as const)('%s from %j to %j: it %s', (field, before, after, direction) => {
    expect(directionOf(field, before as never, after as never)).toBe(direction);
  });
});

describe('what a save changes', () => {
  it('AU-02 is named field by field, with what was and what is, and which way it goes', () => {
    const after = { ...INITIAL_POLICY, idleSeconds: 900, cap: null, reauthSeconds: null };
    expect(changesOfDefault(INITIAL_POLICY, after)).toEqual([
      { field: 'idleSeconds', from: 3_600, to: 900, direction: 'tightens', affects: ['idleSeconds'] },
      { field: 'cap', from: 3, to: null, direction: 'loosens', affects: ['cap'] },
    ]);
  });

  it('holds the caps of single applications', () => {
    const [one, two] = [
      { cap: 2, overCap: 'evict' as const },
      { cap: 1, overCap: 'evict' as const },
    ];
    const before = { ...INITIAL_POLICY, applications: { crm: one, erp: one } };
    const after = { ...INITIAL_POLICY, applications: { crm: two, erp: one } };
    expect(changesOfDefault(before, after)).toMatchObject([{ field: 'applications.crm', direction: 'tightens' }]);
    expect(changesOfDefault(before, INITIAL_POLICY)).toMatchObject([
      { field: 'applications.crm', direction: 'loosens' },
      { field: 'applications.erp', direction: 'loosens' },
    ]);
  });

  it('hostile names: an application is the one of that name, whatever it is called', () => {
    const cap = fc.record({ cap: fc.integer({ min: 1, max: 9 }), overCap: fc.constant('block' as const) });
    const applications = fc.dictionary(hostileName, cap, { maxKeys: 5, noNullPrototype: true });
    fc.assert(
      fc.property(applications, applications, hostileName, (was, is, other) => {
        const [before, after] = [was, is].map((of) => ({ ...INITIAL_POLICY, applications: of }));
        const capOf = (of: typeof was, clientId: string) => (Object.hasOwn(of, clientId) ? of[clientId] : undefined);
        const changed = [...new Set([...Object.keys(was), ...Object.keys(is)])]
          .sort()
          .filter((clientId) => capOf(was, clientId)?.cap !== capOf(is, clientId)?.cap)
          .map((clientId) => [`applications.${clientId}`, capOf(was, clientId), capOf(is, clientId)]);
        expect(changesOfDefault(before!, after!).map(({ field, from, to }) => [field, from, to])).toEqual(changed);
        expect(organisationPolicy(before!, other).applicationCap).toBe(capOf(was, other)?.cap ?? null);
      }),
    );
  });

  it('of an override that is not exact tightens when it comes and loosens when it goes', () => {
    const team = override({ idleSeconds: 900, cap: 9 });
    expect(changesOfOverride(null, team, INITIAL_SESSION_POLICY)).toMatchObject([
      { field: 'idleSeconds', to: 900, direction: 'tightens' },
      { field: 'cap', to: 9, direction: 'tightens' },
    ]);
    expect(changesOfOverride(team, null, INITIAL_SESSION_POLICY)).toMatchObject([
      { field: 'idleSeconds', from: 900, direction: 'loosens' },
      { field: 'cap', from: 9 },
    ]);
  });

  it('of one that becomes exact, with the same value, is a change', () => {
    const exact = override({ cap: 9 }, { exact: ['cap'] });
    expect(changesOfOverride(override({ cap: 9 }), exact, INITIAL_SESSION_POLICY)).toMatchObject([
      { field: 'cap', direction: 'loosens' },
    ]);
  });

  it('is nothing, of anything saved twice', () => {
    fc.assert(
      fc.property(anyPolicy, anOverride(fc.constant([])), (org, same) => {
        expect(changesOfOverride(same, same, org)).toEqual([]);
      }),
    );
  });

  it('OP-09 finds the fields in which an override would be looser, unless they are exact', () => {
    const looser = override({ idleSeconds: null, cap: 2, mfa: 'off' }, { exact: ['mfa'] });
    expect(looserThanOrganisation(looser, INITIAL_SESSION_POLICY)).toEqual(['idleSeconds']);
  });
});
