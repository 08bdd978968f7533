import { Type, type Static, type TSchema } from '@sinclair/typebox';
import { Id, Instant, Nullable } from '../fields.js';
import { SIGNAL_TYPES } from '../signal/signal.js';

export const LONGEST_SECONDS = 366 * 24 * 3600;
export const MOST_SESSIONS = 1_000_000;

const Seconds = Type.Integer({ minimum: 1, maximum: LONGEST_SECONDS });
const Cap = Nullable(Type.Integer({ minimum: 1, maximum: MOST_SESSIONS }));
const OverCap = Type.Union([Type.Literal('block'), Type.Literal('evict')]);

/** Everything a session policy says. What null means: no such limit. */
export const SessionPolicy = Type.Object({
  /** Ends a session whatever its activity; never absent (LT-04). */
  absoluteSeconds: Seconds,
  /** Null: inactivity alone never ends a session (LT-05). */
  idleSeconds: Nullable(Seconds),
  /** How long an authentication is good for: a session whose last one is older must authenticate again (OP-01). */
  reauthSeconds: Nullable(Seconds),
  /** Sign-ins of one person at a time. */
  cap: Cap,
  overCap: OverCap,
  /** Sessions of one person at one application. */
  applicationCap: Cap,
  applicationOverCap: OverCap,
  /** For the broker: how long refresh tokens and access tokens live, and whether a session outlives the browser. */
  refreshSeconds: Nullable(Seconds),
  accessTokenSeconds: Seconds,
  persistent: Type.Boolean(),
  mfa: Type.Union([Type.Literal('off'), Type.Literal('optional'), Type.Literal('required')]),
  /** Where `mfa` is required: how long somebody without a factor may put enrolment off. */
  mfaGraceDays: Type.Integer({ minimum: 0, maximum: 366 }),
  factors: Type.Array(Id, { maxItems: 50 }),
  auditLevel: Type.Union([Type.Literal('standard'), Type.Literal('detailed')]),
  /** The signals whose revocations are to reach the application. */
  triggers: Type.Array(Id, { maxItems: 200 }),
});
export type SessionPolicy = Static<typeof SessionPolicy>;
export type PolicyField = keyof SessionPolicy;
export const POLICY_FIELDS = Object.keys(SessionPolicy.properties) as readonly PolicyField[];

/** What a tenant has that never said otherwise. */
export const INITIAL_SESSION_POLICY: SessionPolicy = {
  absoluteSeconds: 28_800,
  idleSeconds: 3_600,
  reauthSeconds: null,
  cap: 3,
  overCap: 'block',
  applicationCap: null,
  applicationOverCap: 'evict',
  refreshSeconds: 1_209_600,
  accessTokenSeconds: 300,
  persistent: false,
  mfa: 'optional',
  mfaGraceDays: 14,
  factors: ['backup_codes', 'sms', 'totp', 'webauthn'],
  auditLevel: 'detailed',
  triggers: [...SIGNAL_TYPES].sort(),
};

const optional = <T extends Record<string, TSchema>>(properties: T) => Type.Partial(Type.Object(properties)).properties;
const { absoluteSeconds, idleSeconds, cap, overCap, ...later } = SessionPolicy.properties;

/** A tenant's default policy. What came after its first version may be absent: then the initial value holds. */
export const DefaultPolicy = Type.Object({
  absoluteSeconds,
  idleSeconds,
  cap,
  overCap,
  /** Sessions of one person at one application, by client id: instead of `applicationCap` and `applicationOverCap`. */
  applications: Type.Record(Type.String(), Type.Object({ cap: Cap, overCap: OverCap })),
  ...optional(later),
});
export type DefaultPolicy = Static<typeof DefaultPolicy>;

export const INITIAL_POLICY: DefaultPolicy = {
  absoluteSeconds: 28_800,
  idleSeconds: 3_600,
  cap: 3,
  overCap: 'block',
  applications: {},
};

/** Whom an override is for; the less specific before the more specific. */
export const OVERRIDE_LAYERS = ['region', 'clearance', 'dataClass', 'group', 'application', 'subject'] as const;
export type OverrideLayer = (typeof OVERRIDE_LAYERS)[number];
export type PolicyLayer = 'tenant' | OverrideLayer;

/** What differs from the tenant's default for some: field by field, the strictest of all that apply holds. */
export const PolicyOverride = Type.Object({
  values: Type.Partial(SessionPolicy),
  /** These hold as they are, also where another layer is stricter; only for a reason, and only for a time. */
  exact: Type.Array(Type.Union(POLICY_FIELDS.map((field) => Type.Literal(field)))),
  reason: Nullable(Type.String({ maxLength: 1000 })),
  expiresAt: Nullable(Instant),
  /** Whom it is for may do more than most: guidance is one or two sign-ins at a time (CC-07). */
  privileged: Type.Boolean(),
});
export type PolicyOverride = Static<typeof PolicyOverride>;
