import {
  OVERRIDE_LAYERS,
  POLICY_FIELDS,
  type PolicyField,
  type PolicyOverride,
  type SessionPolicy,
} from '@curfew/contracts';
import fc from 'fast-check';
import type { AppliedOverride } from './resolve.js';

const seconds = fc.integer({ min: 1, max: 1_000 });
const optionalSeconds = fc.option(seconds);
const cap = fc.option(fc.integer({ min: 1, max: 9 }));
const overCap = fc.constantFrom('block' as const, 'evict' as const);
const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'));

const FIELDS: { readonly [F in PolicyField]: fc.Arbitrary<SessionPolicy[F]> } = {
  absoluteSeconds: seconds,
  idleSeconds: optionalSeconds,
  reauthSeconds: optionalSeconds,
  cap,
  overCap,
  applicationCap: cap,
  applicationOverCap: overCap,
  refreshSeconds: optionalSeconds,
  accessTokenSeconds: seconds,
  persistent: fc.boolean(),
  mfa: fc.constantFrom('off' as const, 'optional' as const, 'required' as const),
  mfaGraceDays: fc.integer({ min: 0, max: 30 }),
  factors: names,
  auditLevel: fc.constantFrom('standard' as const, 'detailed' as const),
  triggers: names,
};

export const anyPolicy: fc.Arbitrary<SessionPolicy> = fc.record(FIELDS);

export const NOW = new Date('2026-11-25T12:00:00Z');
const BEFORE = '2026-11-25T12:00:00.000Z';
const AFTER = '2026-11-25T12:00:00.001Z';

export const anOverride = (exact: fc.Arbitrary<PolicyField[]>): fc.Arbitrary<PolicyOverride> =>
  fc.record({
    values: fc.record(FIELDS, { requiredKeys: [] }),
    exact,
    reason: fc.constant('a test'),
    expiresAt: fc.constantFrom(null, BEFORE, AFTER),
    privileged: fc.constant(false),
  });

export const someOf: fc.Arbitrary<PolicyField[]> = fc.subarray([...POLICY_FIELDS]);

export const anyOverride = (exact: fc.Arbitrary<PolicyField[]> = someOf): fc.Arbitrary<AppliedOverride> =>
  fc.record({
    layer: fc.constantFrom(...OVERRIDE_LAYERS),
    id: fc.constantFrom('1', '2', '3'),
    override: anOverride(exact),
  });

/** What somebody may call a group, an application or a person to see what breaks. */
export const hostileName = fc.oneof(
  fc.constantFrom('toString', 'hasOwnProperty', 'valueOf', '__proto__', 'constructor', 'default', 'group:sre'),
  fc.constantFrom(
    "'; DROP TABLE sessions; --",
    '\u202egnirts',
    'a b',
    ':',
    '%00',
    '../..',
    '\ud83d\udca9',
    '=1+1',
    ' ',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 256 }),
);
