import { Problem, SIGNAL_TYPES } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import {
  Allow,
  Caller,
  choiceOf,
  decodeCursor,
  Idempotency,
  page,
  PreferWait,
  until,
  type IdempotentRequest,
  type Principal,
} from '@curfew/runtime';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ReceiveSignal } from './receive-signal.js';
import { ReplaySignal } from './replay-signal.js';
import { RescindSignal } from './rescind-signal.js';
import { RescindDto, SignalDto } from './signal.dto.js';
import { isSettled, PROGRESS } from './signal.js';
import { SignalStore, type StoredSignal } from './signal.store.js';

const PAGE = 100;
/** What a key that speaks for no particular source says is told by this one. */
const API_SOURCE = 'api';

type SignalView = Omit<StoredSignal, 'contentHash' | 'actor' | 'payloadId'>;

@ApiTags('signals')
@ApiBearerAuth()
@Controller('/v1/signals')
export class SignalController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly receiveSignal: ReceiveSignal,
    private readonly rescindSignal: RescindSignal,
    private readonly replaySignal: ReplaySignal,
    private readonly store: SignalStore,
  ) {}

  /** Takes in a signal. 202 means it is on disk; `Prefer: wait=N` waits for what comes of it. */
  @Post()
  @HttpCode(202)
  @Allow('signals:write')
  async receive(
    @Caller() caller: Principal,
    @Body() { occurredAt, effectiveAt, ...body }: SignalDto,
    @PreferWait() waitMs: number,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<{ signalId: string; state: string } | SignalView> {
    const received = await this.receiveSignal.execute(
      { tenant: caller.tenant, source: caller.source ?? API_SOURCE, actor: caller.actor },
      {
        ...body,
        occurredAt: new Date(occurredAt),
        ...(effectiveAt === undefined ? {} : { effectiveAt: new Date(effectiveAt) }),
      },
      request,
    );
    const settled =
      waitMs > 0 && received.state === 'received' ? await this.settled(caller, received.signalId, waitMs) : undefined;
    return settled ?? received;
  }

  /** Signals and how far each has come, newest first. A source's key sees its own. */
  @Get()
  @Allow('signals:read')
  @ApiQuery({ name: 'type', required: false, enum: SIGNAL_TYPES })
  @ApiQuery({ name: 'progress', required: false, enum: PROGRESS })
  @ApiQuery({ name: 'source', required: false })
  @ApiQuery({ name: 'hold', required: false, description: 'Those a hold has held' })
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() caller: Principal,
    @Query('type') type?: string,
    @Query('progress') progress?: string,
    @Query('source') source?: string,
    @Query('hold') hold?: string,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: SignalView[]; nextCursor: string | null }> {
    const before = decodeCursor(cursor, 'uuid');
    const filter = {
      type: choiceOf('type', type, SIGNAL_TYPES),
      progress: choiceOf('progress', progress, PROGRESS),
      source: caller.source ?? source,
      hold,
    };
    const rows = await this.unitOfWork.run(caller.tenant, (tx) => this.store.list(tx, filter, before, PAGE + 1));
    return page(rows.map(viewOf), PAGE, ({ signalId }) => signalId);
  }

  /**
   * One signal: what it was read from without its secrets, whom it was found to mean, how far it has come, and the
   * revocation it led to, or why it led to none. `payload` is null where it came as it is.
   */
  @Get(':signalId')
  @Allow('signals:read')
  async get(
    @Caller() { tenant, source }: Principal,
    @Param('signalId') signalId: string,
  ): Promise<SignalView & { readonly payload: unknown }> {
    return this.unitOfWork.run(tenant, async (tx) => {
      const signal = await this.store.get(tx, signalId);
      if (!signal || (source !== null && signal.source !== source)) throw new Problem('signal_not_found');
      return { ...viewOf(signal), payload: await this.store.payloadOf(tx, signal) };
    });
  }

  /** Takes it back. What it ended stays ended; its bar is lifted, or what it had overruled bars again. */
  @Post(':signalId/rescind')
  @HttpCode(202)
  @Allow('signals:write')
  rescind(
    @Caller() caller: Principal,
    @Param('signalId') signalId: string,
    @Body() body: RescindDto,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<{ signalId: string; state: string }> {
    return this.rescindSignal.execute(caller, signalId, caller.source, body.reason, request);
  }

  /**
   * Hands one on again that came to nothing: it was declined, and policy has other reactions by now, or a service could
   * not handle it. It stays the same signal.
   */
  @Post(':signalId/replay')
  @HttpCode(202)
  @Allow('signals:replay')
  replay(
    @Caller() caller: Principal,
    @Param('signalId') signalId: string,
  ): Promise<{ signalId: string; state: string }> {
    return this.replaySignal.execute(caller, signalId);
  }

  private async find({ tenant, source }: Principal, signalId: string): Promise<SignalView | undefined> {
    const signal = await this.unitOfWork.run(tenant, (tx) => this.store.get(tx, signalId));
    return signal && (source === null || signal.source === source) ? viewOf(signal) : undefined;
  }

  private settled(caller: Principal, signalId: string, waitMs: number): Promise<SignalView | undefined> {
    return until(async () => {
      const signal = await this.find(caller, signalId);
      return signal && isSettled(signal.progress) ? signal : undefined;
    }, waitMs);
  }
}

const viewOf = ({ contentHash: _hash, actor: _actor, payloadId: _payload, ...signal }: StoredSignal): SignalView =>
  signal;
