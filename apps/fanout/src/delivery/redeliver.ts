import { DeliveryRequeuedV1, invalidField } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { isUuid, once, type IdempotentRequest, type Principal } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { factsOf } from './delivery-facts.js';
import type { RedeliverDto } from './delivery.dto.js';
import { DeliveryStore } from './delivery.store.js';
import { SendDeliveries } from './send-deliveries.js';

/** In one call; the rest of a range is had by calling again. */
const MOST = 1_000;

/** Sends again what was sent, with fresh tokens: logging out twice does no harm. */
@Injectable()
export class Redeliver {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: DeliveryStore,
    private readonly sendDeliveries: SendDeliveries,
  ) {}

  /** Answers how many there were; throws `invalid_field`. */
  async execute(
    { tenant, actor }: Principal,
    body: RedeliverDto,
    request?: IdempotentRequest,
  ): Promise<{ redelivered: number }> {
    const which = selection(body);
    const answer = await this.unitOfWork.run(tenant, (tx) =>
      once(tx, request, async () => {
        const requeued = await this.store.requeue(tx, which, MOST);
        const correlationId = uuidv7();
        for (const delivery of requeued) {
          tx.publish(DeliveryRequeuedV1, {
            subject: delivery.subjectId,
            cause: { actor, correlationId },
            bulk: delivery.bulk,
            data: factsOf(delivery, null),
          });
        }
        return { redelivered: requeued.length };
      }),
    );
    this.sendDeliveries.wake();
    return answer;
  }
}

function selection({
  ids,
  clientId,
  from,
  to,
}: RedeliverDto): { ids: readonly string[] } | { clientId: string; from: Date; to: Date } {
  if (ids !== undefined) {
    if (clientId !== undefined || from !== undefined || to !== undefined)
      throw invalidField('ids', 'can not be combined with a range');
    const wrong = ids.find((id) => !isUuid(id));
    if (wrong !== undefined) throw invalidField('ids', `holds ${wrong}, which is no delivery's id`);
    return { ids };
  }
  if (clientId === undefined) throw invalidField('clientId', 'or ids is required');
  if (from === undefined || to === undefined)
    throw invalidField(from === undefined ? 'from' : 'to', 'is required with clientId');
  return { clientId, from: new Date(from), to: new Date(to) };
}
