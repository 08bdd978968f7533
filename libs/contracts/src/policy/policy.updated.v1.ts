import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Count } from '../fields.js';
import { TOPICS } from '../topics.js';
import { SAVE } from './enforcement.js';
import { DefaultPolicy } from './policy.js';

export const PolicyUpdatedV1 = defineEvent({
  type: 'curfew.admin.policy_updated.v1',
  topic: TOPICS.policies,
  description: 'An administrator changed a policy (AU-01): who, what was before and after, and field by field (AU-02).',
  schema: Type.Object({
    policy: Type.String(),
    version: Count,
    before: DefaultPolicy,
    after: DefaultPolicy,
    ...Type.Partial(Type.Object(SAVE)).properties,
  }),
});
export type PolicyUpdatedV1 = EventOf<typeof PolicyUpdatedV1>;

export const PolicyStateV1 = defineEvent({
  type: 'curfew.policy.state.v1',
  topic: TOPICS.policyState,
  description: "A tenant's policy as it now is.",
  schema: Type.Object({ version: Count, policy: DefaultPolicy }),
});
export type PolicyStateV1 = EventOf<typeof PolicyStateV1>;

export const PolicyAppliedV1 = defineEvent({
  type: 'curfew.policy.applied.v1',
  topic: TOPICS.sessions,
  description: 'The registry judges every new session by this version of the policy from now on.',
  schema: Type.Object({
    version: Count,
    /** Absent: the tenant's default. */
    policy: Type.Optional(Type.String()),
  }),
});
export type PolicyAppliedV1 = EventOf<typeof PolicyAppliedV1>;
