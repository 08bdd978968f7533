import type { AttemptFacts, DeliveryFacts } from '@curfew/contracts';
import type { Attempt, Delivery } from './delivery.js';

/** A delivery, and the try that is told of, as the other services are told. */
export const factsOf = (delivery: Delivery, attempt: Attempt | null): DeliveryFacts => ({
  deliveryId: delivery.deliveryId,
  sessionId: delivery.sessionId,
  clientId: delivery.clientId,
  subjectId: delivery.subjectId,
  revocationId: delivery.revocationId,
  plannedAt: delivery.plannedAt.toISOString(),
  deadlineAt: delivery.deadlineAt.toISOString(),
  breachedAt: delivery.breachedAt?.toISOString() ?? null,
  attempt: attempt && attemptFacts(attempt),
});

const attemptFacts = ({ number, jti, startedAt, finishedAt, outcome }: Attempt): AttemptFacts => ({
  number,
  jti,
  startedAt: startedAt.toISOString(),
  finishedAt: finishedAt.toISOString(),
  status: 'status' in outcome ? outcome.status : null,
  outcome: outcome.kind,
  detail: outcome.detail,
});
