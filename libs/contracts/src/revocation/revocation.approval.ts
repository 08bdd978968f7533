import { Type, type Static } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Count, Id, Instant, Nullable, TargetKind } from '../fields.js';
import { TOPICS } from '../topics.js';

/** When a kill takes two people (N-04). */
export const ApprovalRule = Type.Object({
  /** More sessions than this; null: their number is no reason. */
  aboveSessions: Nullable(Count),
  /** Each kill of the whole tenant. */
  tenantWide: Type.Boolean(),
  /** How long a kill waits for the second person. */
  withinSeconds: Count,
  /** What a person has ended themselves within so many seconds counts with the next kill; absent and null: each kill by itself. */
  countedSeconds: Type.Optional(Nullable(Count)),
});
export type ApprovalRule = Static<typeof ApprovalRule>;

export const ApprovalRuleUpdatedV1 = defineEvent({
  type: 'curfew.admin.approval_rule_updated.v1',
  topic: TOPICS.sessions,
  description: 'An owner changed which kills take a second person.',
  schema: Type.Object({ version: Count, before: ApprovalRule, after: ApprovalRule }),
});
export type ApprovalRuleUpdatedV1 = EventOf<typeof ApprovalRuleUpdatedV1>;

export const RevocationHeldV1 = defineEvent({
  type: 'curfew.revocation.held.v1',
  topic: TOPICS.sessions,
  description: 'Somebody asked for a kill so large that it takes a second person: nothing is ended until then.',
  schema: Type.Object({
    revocationId: Id,
    target: Type.Object({ kind: TargetKind, id: Id }),
    bar: Type.Boolean(),
    reason: Type.String(),
    /** That would have ended at that instant. */
    sessions: Count,
    expiresAt: Instant,
  }),
});
export type RevocationHeldV1 = EventOf<typeof RevocationHeldV1>;

export const RevocationBreakGlassUsedV1 = defineEvent({
  type: 'curfew.revocation.break-glass-used.v1',
  topic: TOPICS.sessions,
  description: 'Somebody did alone what takes a second person: everybody is to know, and to ask why.',
  schema: Type.Object({
    revocationId: Id,
    target: Type.Object({ kind: TargetKind, id: Id }),
    reason: Type.String(),
    /** That ended with it, and what of the same person counted with them. */
    sessions: Count,
    counted: Count,
  }),
});
export type RevocationBreakGlassUsedV1 = EventOf<typeof RevocationBreakGlassUsedV1>;

export const RevocationDecidedV1 = defineEvent({
  type: 'curfew.revocation.decided.v1',
  topic: TOPICS.sessions,
  description: 'A kill that waited for a second person goes its way, or comes to nothing.',
  schema: Type.Object({
    revocationId: Id,
    decision: Type.Union([Type.Literal('approved'), Type.Literal('rejected'), Type.Literal('expired')]),
    requestedBy: Type.String(),
    reason: Nullable(Type.String({ maxLength: 1000 })),
  }),
});
export type RevocationDecidedV1 = EventOf<typeof RevocationDecidedV1>;
