import { DeliveryRequeuedV1, invalidField } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { decodeCursor, encodeCursor, isUuid, once, type IdempotentRequest, type Principal } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { factsOf } from './delivery-facts.js';
import type { RedeliverDto } from './delivery.dto.js';
import type { Delivery } from './delivery.js';
import { DeliveryStore } from './delivery.store.js';
import { SendDeliveries } from './send-deliveries.js';

/** In one call; the rest of a range is had by calling again with the cursor. */
const MOST = 1_000;

export interface Redelivered {
  readonly redelivered: number;
  /** Of a range there may be more: with this it goes on behind the last. */
  readonly nextCursor: string | null;
}

/** Sends again what was sent, with fresh tokens: logging out twice does no harm. */
@Injectable()
export class Redeliver {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: DeliveryStore,
    private readonly sendDeliveries: SendDeliveries,
  ) {}

  /** Answers how many there were; throws `invalid_field`, `invalid_cursor`. */
  async execute({ tenant, actor }: Principal, body: RedeliverDto, request?: IdempotentRequest): Promise<Redelivered> {
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
        return { redelivered: requeued.length, nextCursor: 'ids' in which ? null : behind(requeued) };
      }),
    );
    this.sendDeliveries.wake();
    return answer;
  }
}

function behind(requeued: readonly Delivery[]): string | null {
  if (requeued.length < MOST) return null;
  return encodeCursor(requeued.reduce((last, { deliveryId }) => (deliveryId > last ? deliveryId : last), ''));
}

function selection({ ids, clientId, from, to, cursor }: RedeliverDto): Parameters<DeliveryStore['requeue']>[1] {
  if (ids !== undefined) {
    if ([clientId, from, to, cursor].some((given) => given !== undefined))
      throw invalidField('ids', 'can not be combined with a range');
    const wrong = ids.find((id) => !isUuid(id));
    if (wrong !== undefined) throw invalidField('ids', `holds ${wrong}, which is no delivery's id`);
    return { ids };
  }
  if (clientId === undefined) throw invalidField('clientId', 'or ids is required');
  if (from === undefined || to === undefined)
    throw invalidField(from === undefined ? 'from' : 'to', 'is required with clientId');
  const after = decodeCursor(cursor, 'uuid');
  return { clientId, from: new Date(from), to: new Date(to), ...(after === undefined ? {} : { after }) };
}
