import { Type, type Static } from '@sinclair/typebox';
import { Count, Id, Nullable } from '../fields.js';
import { POLICY_FIELDS, type PolicyField } from './policy.js';

/** What of a policy the registry enforces on live sessions; the rest is handed out. */
export const ENFORCED_FIELDS = [
  'absoluteSeconds',
  'idleSeconds',
  'reauthSeconds',
  'cap',
  'overCap',
  'applicationCap',
  'applicationOverCap',
] as const satisfies readonly PolicyField[];

/** What a save is to do to the sessions that are live. */
export const Enforcement = Type.Object({
  enforcementId: Id,
  fields: Type.Array(Type.Union(POLICY_FIELDS.map((field) => Type.Literal(field)))),
  /** `tighten`: no session gets longer than it had; `set`: each gets what a new one would. */
  mode: Type.Union([Type.Literal('tighten'), Type.Literal('set')]),
});
export type Enforcement = Static<typeof Enforcement>;

export const EnforcementCounts = Type.Object({
  /** Live sessions that were judged, and whose. */
  sessions: Count,
  subjects: Count,
  /** Those that are to authenticate again before they go on. */
  marked: Count,
  /** Those that go on under other deadlines. */
  changed: Count,
  /** Those whose new deadline has passed, and those over a cap. */
  ended: Count,
  evicted: Count,
});
export type EnforcementCounts = Static<typeof EnforcementCounts>;

/** One field a save changed; which fields there are depends on the policy. */
export const PolicyChangeRecord = Type.Object({
  field: Type.String(),
  from: Type.Optional(Type.Unknown()),
  to: Type.Optional(Type.Unknown()),
  direction: Type.Union([Type.Literal('tightens'), Type.Literal('loosens')]),
});

/** Of several policies that were saved together: none is enforced before all of them have come. */
export const Batch = Type.Object({ batchId: Id, size: Count });
export type Batch = Static<typeof Batch>;

/** What every save says besides what it changed; null where nobody gave a reason, or no live session is touched. */
export const SAVE = {
  changes: Type.Array(PolicyChangeRecord),
  reason: Nullable(Type.String()),
  enforcement: Nullable(Enforcement),
  batch: Type.Optional(Batch),
};
