import { INITIAL_SESSION_POLICY, type OverrideLayer, type PolicyOverride, type SessionPolicy } from '@curfew/contracts';

/** Where a tenant of a kind may begin: a default, and overrides whose ids are only examples of who they are for. */
export interface Preset {
  readonly name: string;
  readonly description: string;
  readonly default: SessionPolicy;
  readonly overrides: readonly {
    readonly layer: OverrideLayer;
    readonly example: string;
    readonly values: PolicyOverride['values'];
    readonly privileged: boolean;
  }[];
}

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** The default of each; every field it does not name is the initial one. */
const preset = (
  name: string,
  description: string,
  values: Partial<SessionPolicy>,
  ...overrides: Preset['overrides']
): Preset => ({ name, description, default: { ...INITIAL_SESSION_POLICY, ...values }, overrides });

/** TN-06. Each is looser nowhere in an override than in its default: it can be saved as it is. */
export const PRESETS: readonly Preset[] = [
  preset('general', 'Eight hours, an hour without activity, three sign-ins at a time (LT-11)', {
    absoluteSeconds: 8 * HOUR,
    idleSeconds: HOUR,
    cap: 3,
    overCap: 'block',
  }),
  preset('high-security', 'Four hours, a quarter of an hour without activity (LT-10)', {
    absoluteSeconds: 4 * HOUR,
    idleSeconds: 900,
    cap: 2,
    overCap: 'block',
    mfa: 'required',
    mfaGraceDays: 0,
  }),
  preset(
    'healthcare',
    'Shared workstations: short idleness, one sign-in at a time, which ends the one before',
    {
      absoluteSeconds: 12 * HOUR,
      idleSeconds: 600,
      reauthSeconds: 12 * HOUR,
      cap: 1,
      overCap: 'evict',
      mfa: 'required',
    },
    { layer: 'dataClass', example: 'phi', values: { idleSeconds: 300 }, privileged: false },
  ),
  preset(
    'finance',
    'A trading day; who trades has one sign-in, and the new device ends the earlier one (CC-05)',
    {
      absoluteSeconds: 10 * HOUR,
      idleSeconds: 900,
      reauthSeconds: 8 * HOUR,
      cap: 3,
      overCap: 'evict',
      mfa: 'required',
    },
    { layer: 'group', example: 'traders', values: { cap: 1, idleSeconds: 600 }, privileged: true },
  ),
  preset(
    'saas',
    'Long sessions that activity keeps alive',
    { absoluteSeconds: 30 * DAY, idleSeconds: 14 * DAY, refreshSeconds: 14 * DAY, cap: null, persistent: true },
    {
      layer: 'group',
      example: 'admins',
      values: { absoluteSeconds: 8 * HOUR, idleSeconds: HOUR, cap: 2 },
      privileged: true,
    },
  ),
  preset(
    'government',
    'Duration and number of sign-ins follow clearance (TN-03)',
    { absoluteSeconds: 8 * HOUR, idleSeconds: 900, reauthSeconds: 8 * HOUR, cap: 2, overCap: 'block', mfa: 'required' },
    { layer: 'clearance', example: 'secret', values: { absoluteSeconds: 4 * HOUR, cap: 1 }, privileged: true },
    {
      layer: 'clearance',
      example: 'top-secret',
      values: { absoluteSeconds: 2 * HOUR, idleSeconds: 300, cap: 1 },
      privileged: true,
    },
  ),
  preset(
    'enterprise-regions',
    'One default, and what the law of a region asks beyond it (TN-02)',
    { absoluteSeconds: 12 * HOUR, idleSeconds: 2 * HOUR, cap: 5, overCap: 'block' },
    { layer: 'region', example: 'emea', values: { absoluteSeconds: 8 * HOUR, idleSeconds: HOUR }, privileged: false },
    { layer: 'region', example: 'apac', values: { absoluteSeconds: 10 * HOUR }, privileged: false },
    { layer: 'region', example: 'americas', values: { idleSeconds: 5_400 }, privileged: false },
  ),
];
