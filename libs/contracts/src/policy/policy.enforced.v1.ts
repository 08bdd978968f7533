import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Count, Id, Instant } from '../fields.js';
import { TOPICS } from '../topics.js';
import { EnforcementCounts } from './enforcement.js';

export const PolicyEnforcedV1 = defineEvent({
  type: 'curfew.policy.enforced.v1',
  topic: TOPICS.sessions,
  description: 'Every live session a policy concerns was judged by it: how many were touched, and how.',
  schema: Type.Object({
    enforcementId: Id,
    policy: Id,
    version: Count,
    /** `expiry`: an override expired. `move`: a person came under other policies; the policy is that person's. */
    trigger: Type.Union([Type.Literal('save'), Type.Literal('expiry'), Type.Literal('move')]),
    counts: EnforcementCounts,
    startedAt: Instant,
    finishedAt: Instant,
  }),
});
export type PolicyEnforcedV1 = EventOf<typeof PolicyEnforcedV1>;
