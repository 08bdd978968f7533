import { Problem } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import {
  Allow,
  Caller,
  decodeCursor,
  Idempotency,
  page,
  type IdempotentRequest,
  type Principal,
} from '@curfew/runtime';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { RegisterTransmitter, type TransmitterWithSecret } from './register-transmitter.js';
import { OverlapDto, USUAL_OVERLAP_SECONDS } from '../secret/secret.dto.js';
import { NewTransmitterDto, TransmitterChangeDto } from './transmitter.dto.js';
import type { Transmitter } from './transmitter.js';
import { TransmitterStore } from './transmitter.store.js';

const PAGE = 100;

@ApiTags('shared signals')
@ApiBearerAuth()
@Controller('/v1/transmitters')
export class TransmitterController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly registerTransmitter: RegisterTransmitter,
    private readonly store: TransmitterStore,
  ) {}

  /**
   * Registers a transmitter of shared signals (SSF 1.0). It pushes to `/v1/security-events/{transmitterId}` with the
   * secret of the answer as its bearer token; the secret is shown this once. Without `jwksUri` its metadata are asked.
   */
  @Post()
  @Allow('signals:sources')
  create(
    @Caller() caller: Principal,
    @Body()
    { audience = [], algorithms = ['RS256'], tolerates = [], enabled = true, pollUrl, ...body }: NewTransmitterDto,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<TransmitterWithSecret> {
    return this.registerTransmitter.register(
      caller,
      { ...body, audience, algorithms, tolerates, enabled, pollUrl: pollUrl ?? null },
      request,
    );
  }

  /** The tenant's transmitters, by name; never their secrets. */
  @Get()
  @Allow('signals:sources')
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() { tenant }: Principal,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: Transmitter[]; nextCursor: string | null }> {
    const after = decodeCursor(cursor, 'text') ?? '';
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.list(tx, after, PAGE + 1));
    return page(rows, PAGE, ({ name }) => name);
  }

  /** One transmitter, and what its stream has said of itself. */
  @Get(':transmitterId')
  @Allow('signals:sources')
  async get(@Caller() { tenant }: Principal, @Param('transmitterId') transmitterId: string): Promise<Transmitter> {
    const stored = await this.unitOfWork.run(tenant, (tx) => this.store.get(tx, transmitterId));
    if (!stored) throw new Problem('transmitter_not_found');
    return stored.transmitter;
  }

  /** Changes how what it says is judged, or whether it is taken. What is left out stays. */
  @Patch(':transmitterId')
  @Allow('signals:sources')
  change(
    @Caller() caller: Principal,
    @Param('transmitterId') transmitterId: string,
    @Body() body: TransmitterChangeDto,
  ): Promise<Transmitter> {
    return this.registerTransmitter.change(caller, transmitterId, body);
  }

  /** Gives it a new secret, shown this once. The one before is taken as well until the overlap is over. */
  @Post(':transmitterId/rotate-secret')
  @Allow('signals:sources')
  rotate(
    @Caller() caller: Principal,
    @Param('transmitterId') transmitterId: string,
    @Body() { overlapSeconds = USUAL_OVERLAP_SECONDS }: OverlapDto,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<TransmitterWithSecret> {
    return this.registerTransmitter.rotate(caller, transmitterId, overlapSeconds, request);
  }

  /** Removes it with its secrets: what it sends is refused from now on. Its signals stay. */
  @Delete(':transmitterId')
  @HttpCode(204)
  @Allow('signals:sources')
  async remove(@Caller() caller: Principal, @Param('transmitterId') transmitterId: string): Promise<void> {
    await this.registerTransmitter.remove(caller, transmitterId);
  }
}
