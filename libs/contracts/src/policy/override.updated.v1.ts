import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Count, Id, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';
import { SAVE } from './enforcement.js';
import { OVERRIDE_LAYERS, PolicyOverride } from './policy.js';

/** Which override; its name as a policy is `<layer>:<id>`. */
const which = {
  layer: Type.Union(OVERRIDE_LAYERS.map((layer) => Type.Literal(layer))),
  id: Id,
  version: Count,
};

export const OverrideUpdatedV1 = defineEvent({
  type: 'curfew.admin.override_updated.v1',
  topic: TOPICS.policies,
  description: 'An administrator made, changed or took away an override of the default policy.',
  schema: Type.Object({ ...which, before: Nullable(PolicyOverride), after: Nullable(PolicyOverride), ...SAVE }),
});
export type OverrideUpdatedV1 = EventOf<typeof OverrideUpdatedV1>;

export const OverrideStateV1 = defineEvent({
  type: 'curfew.override.state.v1',
  topic: TOPICS.policyState,
  description: 'An override as it now is; null once it was taken away.',
  schema: Type.Object({ ...which, override: Nullable(PolicyOverride) }),
});
export type OverrideStateV1 = EventOf<typeof OverrideStateV1>;
