import {
  INITIAL_POLICY,
  INITIAL_SESSION_POLICY,
  OVERRIDE_LAYERS,
  POLICY_FIELDS,
  type PolicyField,
  type PolicyOverride,
} from '@curfew/contracts';
import fc from 'fast-check';
import { directionOf, FIELD_RULES } from './field-rules.js';
import { anOverride, anyOverride, anyPolicy, hostileName, NOW } from './policy-rules.fake.js';
import {
  isOver,
  organisationPolicy,
  policyCalled,
  policyName,
  resolve,
  valuesOf,
  type AppliedOverride,
} from './resolve.js';

const override = (
  layer: AppliedOverride['layer'],
  id: string,
  values: PolicyOverride['values'],
  more: Partial<PolicyOverride> = {},
): AppliedOverride => ({
  layer,
  id,
  override: { values, exact: [], reason: null, expiresAt: null, privileged: false, ...more },
});
const ORG = { ...INITIAL_SESSION_POLICY, reauthSeconds: 28_800, idleSeconds: 1_800 };
const exactly = (...fields: PolicyField[]) => ({ exact: fields, reason: 'a trip', expiresAt: '2026-12-01T00:00:00Z' });
const isStricterOrSame = (field: PolicyField, a: never, b: never) =>
  FIELD_RULES[field].isSame(FIELD_RULES[field].strictest(a, b) as never, a);

it('hostile names: what a policy is called leads back to whom it is for, and no two are called the same', () => {
  const ref = fc.record({ layer: fc.constantFrom(...OVERRIDE_LAYERS), id: hostileName });
  fc.assert(
    fc.property(ref, ref, (one, other) => {
      expect(policyCalled(policyName(one))).toEqual(one);
      expect(policyName(one) === policyName(other)).toBe(one.layer === other.layer && one.id === other.id);
    }),
  );
});

describe('an effective policy', () => {
  it('OP-07 is the organisation’s where a team says nothing, field by field', () => {
    const resolved = resolve(ORG, [override('group', 'sre', { reauthSeconds: 14_400, idleSeconds: 900 })], NOW);
    expect(resolved.reauthSeconds).toEqual({ value: 14_400, from: { layer: 'group', id: 'sre' }, exact: false });
    expect(resolved.idleSeconds.value).toBe(900);
    expect(resolved.cap).toEqual({ value: 3, from: { layer: 'tenant', id: '' }, exact: false });
    expect(resolved.mfa.from.layer).toBe('tenant');
  });

  it('OP-08 of a team without an override is the organisation’s in every field', () => {
    expect(valuesOf(resolve(ORG, [], NOW))).toEqual(ORG);
  });

  it('TN-02 TN-03 TN-04 is the strictest of region, clearance, data class, group, application and person', () => {
    const layers = [
      override('subject', 'ada', { idleSeconds: 1_700 }),
      override('region', 'emea', { idleSeconds: 900, cap: 2 }),
      override('clearance', 'secret', { cap: 1 }),
      override('dataClass', 'restricted', { absoluteSeconds: 3_600 }),
    ];
    const resolved = resolve(ORG, layers, NOW);
    expect(resolved.idleSeconds).toMatchObject({ value: 900, from: { layer: 'region', id: 'emea' } });
    expect(resolved.cap).toMatchObject({ value: 1, from: { layer: 'clearance', id: 'secret' } });
    expect(resolved.absoluteSeconds).toMatchObject({ value: 3_600, from: { layer: 'dataClass', id: 'restricted' } });
  });

  it('TN-05 takes caps that the default names for one application instead of the general ones, for that one', () => {
    const policy = {
      ...INITIAL_POLICY,
      applicationCap: 5,
      applications: { erp: { cap: 9, overCap: 'block' as const } },
    };
    expect(organisationPolicy(policy, 'erp')).toMatchObject({ applicationCap: 9, applicationOverCap: 'block' });
    expect(organisationPolicy(policy, 'crm')).toMatchObject({ applicationCap: 5, applicationOverCap: 'evict' });
    expect(organisationPolicy(policy, 'constructor')).toMatchObject({ applicationCap: 5 });
  });

  it('an exact override holds against stricter ones, until the instant it expires', () => {
    const layers = [
      override('group', 'field', { idleSeconds: 7_200 }, exactly('idleSeconds')),
      override('subject', 'ada', { idleSeconds: 600 }),
    ];
    const at = (text: string) => resolve(ORG, layers, new Date(text)).idleSeconds;
    expect(at('2026-11-30T23:59:59.999Z')).toMatchObject({ value: 7_200, exact: true, from: { layer: 'group' } });
    expect(at('2026-12-01T00:00:00.000Z')).toMatchObject({ value: 600, exact: false });
  });

  it('of two exact overrides the more specific holds, of two as specific the stricter', () => {
    const exact = exactly('cap');
    const layers = [
      override('region', 'emea', { cap: 1 }, exact),
      override('group', 'a', { cap: 9 }, exact),
      override('group', 'b', { cap: 7 }, exact),
    ];
    expect(resolve(ORG, layers, NOW).cap).toEqual({ value: 7, from: { layer: 'group', id: 'b' }, exact: true });
    const asSpecific = [override('dataClass', 'x', { cap: 4 }, exact), override('clearance', 'y', { cap: 5 }, exact)];
    expect(resolve(ORG, asSpecific, NOW).cap.value).toBe(4);
  });
});

describe('the resolution, whatever is given,', () => {
  const layers = fc.array(anyOverride(), { maxLength: 6 });

  it('does not depend on the order of the layers', () => {
    fc.assert(
      fc.property(
        anyPolicy,
        layers.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        (org, [all, shuffled]) => {
          expect(valuesOf(resolve(org, shuffled, NOW))).toEqual(valuesOf(resolve(org, all, NOW)));
        },
      ),
    );
  });

  it('is, where nothing is exact, as strict as every layer that stands and as the organisation', () => {
    const inexact = fc.array(anyOverride(fc.constant([])), { maxLength: 6 });
    fc.assert(
      fc.property(anyPolicy, inexact, (org, overrides) => {
        const resolved = resolve(org, overrides, NOW);
        for (const field of POLICY_FIELDS) {
          const said = overrides
            .filter(({ override }) => !isOver(override, NOW))
            .map(({ override }) => override.values[field]);
          for (const value of [org[field], ...said.filter((one) => one !== undefined)])
            expect([field, isStricterOrSame(field, resolved[field].value as never, value as never)]).toEqual([
              field,
              true,
            ]);
        }
      }),
    );
  });

  it('never loosens any field by a layer that is added and not exact', () => {
    fc.assert(
      fc.property(anyPolicy, layers, anyOverride(fc.constant([])), (org, overrides, added) => {
        const [before, after] = [resolve(org, overrides, NOW), resolve(org, [...overrides, added], NOW)];
        for (const field of POLICY_FIELDS)
          expect([field, directionOf(field, before[field].value as never, after[field].value as never)]).not.toEqual([
            field,
            'loosens',
          ]);
      }),
    );
  });

  it('says for a single value the layer that said it', () => {
    fc.assert(
      fc.property(anyPolicy, layers, (org, overrides) => {
        const resolved = resolve(org, overrides, NOW);
        for (const field of POLICY_FIELDS) {
          if (field === 'factors' || field === 'triggers') continue;
          const { from, value } = resolved[field];
          const said = overrides
            .filter(({ layer, id }) => layer === from.layer && id === from.id)
            .map(({ override }) => override.values[field]);
          expect(from.layer === 'tenant' ? [org[field]] : said).toContainEqual(value);
        }
      }),
    );
  });

  it('treats an override that has expired as if it were not there', () => {
    fc.assert(
      fc.property(anyPolicy, layers, anOverride(fc.constant(['cap'])), (org, overrides, gone) => {
        const expired = { layer: 'subject' as const, id: '1', override: { ...gone, expiresAt: NOW.toISOString() } };
        expect(resolve(org, [...overrides, expired], NOW)).toEqual(resolve(org, overrides, NOW));
      }),
    );
  });
});
