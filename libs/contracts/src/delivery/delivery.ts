import { Type, type Static, type TSchema } from '@sinclair/typebox';
import { defineEvent, type EventDefinition, type EventOf } from '../event.js';
import { Count, Id, Instant, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

/** One try, as it is told: what went out, when, and what came back. */
export const AttemptFacts = Type.Object({
  number: Count,
  jti: Nullable(Id),
  startedAt: Instant,
  finishedAt: Instant,
  /** HTTP status, null when no answer came. */
  status: Nullable(Type.Integer()),
  outcome: Type.String(),
  detail: Nullable(Type.String()),
});
export type AttemptFacts = Static<typeof AttemptFacts>;

const DeliveryFacts = Type.Object({
  deliveryId: Id,
  sessionId: Id,
  clientId: Id,
  subjectId: Id,
  revocationId: Nullable(Id),
  plannedAt: Instant,
  deadlineAt: Instant,
  breachedAt: Nullable(Instant),
  attempt: Nullable(AttemptFacts),
});
export type DeliveryFacts = Static<typeof DeliveryFacts>;

const delivery = <S extends TSchema>(verb: string, description: string, schema: S): EventDefinition<S> =>
  defineEvent({
    type: `curfew.delivery.${verb}.v1`,
    topic: TOPICS.deliveries,
    bulkTopic: TOPICS.deliveriesBulk,
    description,
    schema,
  });

export const DeliveryAcceptedV1 = delivery(
  'accepted',
  'The application answered 2xx: it says so; a receipt or a probe would prove it.',
  DeliveryFacts,
);
export type DeliveryAcceptedV1 = EventOf<typeof DeliveryAcceptedV1>;

export const DeliveryConfirmedV1 = delivery(
  'confirmed',
  'The application answered with a signed receipt: which session ended, for which logout token.',
  Type.Composite([DeliveryFacts, Type.Object({ receipt: Type.String() })]),
);
export type DeliveryConfirmedV1 = EventOf<typeof DeliveryConfirmedV1>;

export const DeliveryDisputedV1 = delivery(
  'disputed',
  'The application answered with a receipt that does not verify.',
  Type.Composite([DeliveryFacts, Type.Object({ why: Type.String() })]),
);
export type DeliveryDisputedV1 = EventOf<typeof DeliveryDisputedV1>;

export const DeliveryAttemptedV1 = delivery(
  'attempted',
  'A try failed; another one is due.',
  Type.Composite([DeliveryFacts, Type.Object({ dueAt: Instant })]),
);
export type DeliveryAttemptedV1 = EventOf<typeof DeliveryAttemptedV1>;

export const DeliveryBreachedV1 = delivery(
  'breached',
  'The deadline passed before the application was told; the tries go on.',
  DeliveryFacts,
);
export type DeliveryBreachedV1 = EventOf<typeof DeliveryBreachedV1>;

export const DeliveryRejectedV1 = delivery(
  'rejected',
  'The application refused three fresh logout tokens, or has no endpoint to be told at.',
  Type.Composite([DeliveryFacts, Type.Object({ why: Type.String() })]),
);
export type DeliveryRejectedV1 = EventOf<typeof DeliveryRejectedV1>;

export const DeliveryAbandonedV1 = delivery(
  'abandoned',
  'Seven days of tries did not reach the application.',
  DeliveryFacts,
);
export type DeliveryAbandonedV1 = EventOf<typeof DeliveryAbandonedV1>;

export const DeliveryRequeuedV1 = delivery(
  'requeued',
  'A person asked for a delivery to be sent again.',
  DeliveryFacts,
);
export type DeliveryRequeuedV1 = EventOf<typeof DeliveryRequeuedV1>;
