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
import { USUAL_OVERLAP_SECONDS } from '../secret/secret.dto.js';
import { RegisterSource, type SourceWithSecret } from './register-source.js';
import { NewSourceDto, SecretRotationDto, SourceChangeDto } from './source.dto.js';
import type { Source } from './source.js';
import { SourceStore } from './source.store.js';

const PAGE = 100;

@ApiTags('sources')
@ApiBearerAuth()
@Controller('/v1/sources')
export class SourceController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly registerSource: RegisterSource,
    private readonly store: SourceStore,
  ) {}

  /** Registers a source of webhooks, or one that is asked. The answer holds the secret it signs with; it is shown this once. */
  @Post()
  @Allow('signals:sources')
  create(
    @Caller() caller: Principal,
    @Body() { name, kind, mapping, signing = 'standard', api, enabled = true, secret }: NewSourceDto,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<SourceWithSecret> {
    return this.registerSource.register(caller, { name, kind, mapping, signing, api, enabled }, secret, request);
  }

  /** The tenant's sources of webhooks, by name; never their secrets. */
  @Get()
  @Allow('signals:sources')
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() { tenant }: Principal,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: Source[]; nextCursor: string | null }> {
    const after = decodeCursor(cursor, 'text') ?? '';
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.list(tx, after, PAGE + 1));
    return page(rows, PAGE, ({ name }) => name);
  }

  /** One source. */
  @Get(':sourceId')
  @Allow('signals:sources')
  async get(@Caller() { tenant }: Principal, @Param('sourceId') sourceId: string): Promise<Source> {
    const stored = await this.unitOfWork.run(tenant, (tx) => this.store.get(tx, sourceId));
    if (!stored) throw new Problem('source_not_found');
    return stored.source;
  }

  /** Changes how its payloads are read, or whether they are taken. What is left out stays. */
  @Patch(':sourceId')
  @Allow('signals:sources')
  change(
    @Caller() caller: Principal,
    @Param('sourceId') sourceId: string,
    @Body() { mapping, api, enabled }: SourceChangeDto,
  ): Promise<Source> {
    return this.registerSource.change(caller, sourceId, { mapping, api, enabled });
  }

  /** Gives it a new secret, shown this once. The one before is taken as well until the overlap is over. */
  @Post(':sourceId/rotate-secret')
  @Allow('signals:sources')
  rotate(
    @Caller() caller: Principal,
    @Param('sourceId') sourceId: string,
    @Body() { overlapSeconds = USUAL_OVERLAP_SECONDS, secret }: SecretRotationDto,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<SourceWithSecret> {
    return this.registerSource.rotate(caller, sourceId, overlapSeconds, secret, request);
  }

  /** Removes it with its secrets: what it sends is refused from now on. Its signals stay. */
  @Delete(':sourceId')
  @HttpCode(204)
  @Allow('signals:sources')
  async remove(@Caller() caller: Principal, @Param('sourceId') sourceId: string): Promise<void> {
    await this.registerSource.remove(caller, sourceId);
  }
}
