import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Count, Id, Instant } from '../fields.js';
import { TOPICS } from '../topics.js';

export const SignInPolicyUpdatedV1 = defineEvent({
  type: 'curfew.admin.sign_in_policy_updated.v1',
  topic: TOPICS.policies,
  description:
    'An administrator created, changed or removed a sign-in policy or one of its rules: who, and what it was.',
  schema: Type.Object({
    policyId: Id,
    name: Type.String(),
    /** Its version from now on; of one that was removed, the last it had. */
    version: Count,
    change: Type.Union([Type.Literal('created'), Type.Literal('changed'), Type.Literal('removed')]),
    /** What differs and nothing else; a rule is the field `rules.<rule id>`. Null stands for what is not there. */
    changes: Type.Array(Type.Object({ field: Type.String(), before: Type.Unknown(), after: Type.Unknown() })),
    /** Where somebody said why, or an earlier version holds again. */
    reason: Type.Optional(Type.String()),
  }),
});
export type SignInPolicyUpdatedV1 = EventOf<typeof SignInPolicyUpdatedV1>;

export const SignInProfileUpdatedV1 = defineEvent({
  type: 'curfew.admin.sign_in_profile_updated.v1',
  topic: TOPICS.policies,
  description: 'An administrator created or removed a sign-in profile.',
  schema: Type.Object({
    name: Id,
    kind: Type.String(),
    change: Type.Union([Type.Literal('created'), Type.Literal('removed')]),
  }),
});
export type SignInProfileUpdatedV1 = EventOf<typeof SignInProfileUpdatedV1>;

export const SignInProtectionUpdatedV1 = defineEvent({
  type: 'curfew.admin.sign_in_protection_updated.v1',
  topic: TOPICS.policies,
  description: 'An administrator changed how sign-in is guarded: lockout, risk or captcha.',
  schema: Type.Object({
    version: Count,
    changes: Type.Array(Type.Object({ field: Type.String(), before: Type.Unknown(), after: Type.Unknown() })),
    /** Where somebody said why, or an earlier version holds again. */
    reason: Type.Optional(Type.String()),
  }),
});
export type SignInProtectionUpdatedV1 = EventOf<typeof SignInProtectionUpdatedV1>;

export const SignInLockedV1 = defineEvent({
  type: 'curfew.sign-in.locked.v1',
  topic: TOPICS.policies,
  description: 'So many sign-ins of a person, or from an address, failed that no other is let in for a while.',
  schema: Type.Object({
    scope: Type.Union([Type.Literal('user'), Type.Literal('ip')]),
    /** The person, or the IPv4 address or IPv6 /64. */
    name: Id,
    lockedUntil: Instant,
  }),
});
export type SignInLockedV1 = EventOf<typeof SignInLockedV1>;
