import { invalidField, Problem } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import {
  Allow,
  Caller,
  choiceOf,
  decodeCursor,
  Idempotency,
  page,
  type IdempotentRequest,
  type Principal,
} from '@curfew/runtime';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { RedeliverDto, TimelinessDto } from './delivery.dto.js';
import { DeliveryStore, type AttemptRecord, type DeliveryRecord } from './delivery.store.js';
import { Redeliver, type Redelivered } from './redeliver.js';
import { timelinessOf, type Timeliness } from './timeliness.js';
import { TimelinessStore } from './timeliness.store.js';

const PAGE = 100;
const RANGE_MS = 30 * 86_400_000;
/** Those a delivery is in, and the marks it may have besides. */
const STATES = ['planned', 'accepted', 'confirmed', 'rejected', 'abandoned', 'breached', 'disputed'];

@ApiTags('deliveries')
@ApiBearerAuth()
@Controller('/v1/deliveries')
export class DeliveryController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: DeliveryStore,
    private readonly redeliver: Redeliver,
    private readonly timelinessStore: TimelinessStore,
  ) {}

  /** Deliveries, newest first. */
  @Get()
  @Allow('deliveries:read')
  @ApiQuery({ name: 'revocation', required: false })
  @ApiQuery({ name: 'clientId', required: false })
  @ApiQuery({
    name: 'state',
    required: false,
    enum: STATES,
  })
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() { tenant }: Principal,
    @Query('revocation') revocation?: string,
    @Query('clientId') clientId?: string,
    @Query('state') state?: string,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: ReturnType<typeof viewOf>[]; nextCursor: string | null }> {
    const inState = choiceOf('state', state, STATES);
    const after = decodeCursor(cursor, 'uuid');
    const filter = {
      ...(revocation === undefined ? {} : { revocation }),
      ...(clientId === undefined ? {} : { clientId }),
      ...(inState === undefined ? {} : { state: inState }),
    };
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.list(tx, filter, after, PAGE + 1));
    return page(rows.map(viewOf), PAGE, ({ id }) => id);
  }

  /** How soon each application was told in a range of time, and what is left of its error budget. */
  @Get('timeliness')
  @Allow('audit:read')
  async timeliness(@Caller() { tenant }: Principal, @Query() query: TimelinessDto): Promise<{ items: Timeliness[] }> {
    const to = query.to === undefined ? new Date() : new Date(query.to);
    const from = query.from === undefined ? new Date(to.getTime() - RANGE_MS) : new Date(query.from);
    if (from >= to) throw invalidField('to', 'must be after from');
    const told = await this.unitOfWork.run(tenant, (tx) => this.timelinessStore.told(tx, from, to));
    return { items: told.map((one) => timelinessOf(one, Number(query.objective ?? '99.9'))) };
  }

  /** One delivery with each try: what was sent when, and what came back. */
  @Get(':deliveryId')
  @Allow('deliveries:read')
  async get(
    @Caller() { tenant }: Principal,
    @Param('deliveryId') deliveryId: string,
  ): Promise<ReturnType<typeof viewOf> & { tries: AttemptRecord[] }> {
    return this.unitOfWork.run(tenant, async (tx) => {
      const delivery = await this.store.get(tx, deliveryId);
      if (!delivery) throw new Problem('delivery_not_found');
      return { ...viewOf(delivery), tries: await this.store.attemptsOf(tx, deliveryId) };
    });
  }

  /** Sends again, by ids or by application and time; at most 1,000 in one call, and the rest with `nextCursor`. */
  @Post('redeliver')
  @HttpCode(202)
  @Allow('deliveries:redeliver')
  again(
    @Caller() caller: Principal,
    @Body() body: RedeliverDto,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<Redelivered> {
    return this.redeliver.execute(caller, body, request);
  }
}

const viewOf = ({
  deliveryId,
  tenant: _tenant,
  actor: _actor,
  causationId: _causation,
  bulk: _bulk,
  ...delivery
}: DeliveryRecord) => ({
  id: deliveryId,
  ...delivery,
});
