import { DefaultPolicy, PolicyOverride } from '@curfew/contracts';
import { looserThanOrganisation } from '@curfew/policy-rules';
import { Value } from '@sinclair/typebox/value';
import { checkOverride, warningsOf } from './check-override.js';
import { PRESETS } from './presets.js';

const CASES = PRESETS.map((preset) => [preset.name, preset] as const);

describe('TN-06 the preset', () => {
  it.each(CASES)('%s can be saved as it is, the overrides too', (_name, preset) => {
    const policy = { ...preset.default, applications: {} };
    expect([...Value.Errors(DefaultPolicy, policy)]).toEqual([]);
    for (const { layer, values, privileged } of preset.overrides) {
      const override = { values, privileged, exact: [], reason: null, expiresAt: null };
      expect([...Value.Errors(PolicyOverride, override)]).toEqual([]);
      expect(() => checkOverride(layer, override, new Date())).not.toThrow();
      expect(looserThanOrganisation(override, preset.default)).toEqual([]);
      expect(warningsOf(values.cap, privileged)).toEqual([]);
    }
  });

  it('LT-10 LT-11 CC-05 profiles have the numbers they are known by', () => {
    const named = (name: string) => PRESETS.find((preset) => preset.name === name)!;
    expect(named('high-security').default).toMatchObject({ absoluteSeconds: 14_400, idleSeconds: 900 });
    expect(named('general').default).toMatchObject({ absoluteSeconds: 28_800, idleSeconds: 3_600 });
    expect(named('finance').default.overCap).toBe('evict');
    expect(named('finance').overrides).toMatchObject([{ layer: 'group', values: { cap: 1 } }]);
  });
});

it.each([
  [1, true, 0],
  [2, true, 0],
  [3, true, 1],
  [5, false, 0],
  [6, false, 1],
  [null, false, 1],
  [null, true, 1],
  [undefined, true, 0],
] as const)('CC-07 a cap of %s (privileged: %s) has %s warnings', (cap, privileged, count) => {
  expect(warningsOf(cap, privileged)).toHaveLength(count);
});
