import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Count, Id } from '../fields.js';
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
