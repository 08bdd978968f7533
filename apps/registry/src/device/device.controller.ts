import { Problem } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import {
  Allow,
  Caller,
  Idempotency,
  PreferWait,
  TextField,
  type IdempotentRequest,
  type Principal,
} from '@curfew/runtime';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { FollowRevocation, type RevocationSummary } from '../revocation/follow-revocation.js';
import { Reinstate, type Reinstated } from '../revocation/reinstate.js';
import { RequestRevocation } from '../revocation/request-revocation.js';
import { RevocationStore } from '../revocation/revocation.store.js';
import { DeviceStore, type Device } from './device.store.js';

export class DeviceActionDto {
  @TextField({ optional: true, max: 1000 })
  reason?: string;
}

@ApiTags('subjects and devices')
@ApiBearerAuth()
@Controller('/v1/devices')
export class DeviceController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: DeviceStore,
    private readonly revocations: RevocationStore,
    private readonly requestRevocation: RequestRevocation,
    private readonly follow: FollowRevocation,
    private readonly reinstate: Reinstate,
  ) {}

  /** Ends every session born on the device, everywhere, and quarantines it; also one nobody has seen yet. */
  @Post(':deviceId/revoke')
  @HttpCode(202)
  @Allow('devices:revoke')
  async revoke(
    @Caller() caller: Principal,
    @Param('deviceId') deviceId: string,
    @Body() body: DeviceActionDto,
    @PreferWait() waitMs: number,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<RevocationSummary> {
    const { revocationId } = await this.requestRevocation.execute(
      caller,
      { target: { kind: 'device', id: deviceId }, reason: body.reason ?? 'the device was revoked', bar: true },
      request,
    );
    return this.follow.summary(caller.tenant, revocationId, waitMs);
  }

  /** Ends the quarantine: new sessions may be opened on the device. */
  @Post(':deviceId/clear')
  @HttpCode(200)
  @Allow('devices:revoke')
  clear(
    @Caller() caller: Principal,
    @Param('deviceId') deviceId: string,
    @Body() body: DeviceActionDto,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<Reinstated> {
    const target = { kind: 'device', id: deviceId } as const;
    return this.reinstate.execute(
      caller,
      target,
      { reason: body.reason ?? 'the device was cleared' },
      async (tx) => {
        const known =
          (await this.store.get(tx, deviceId)) !== undefined || (await this.revocations.bars(tx, target)).length > 0;
        if (!known) throw new Problem('device_not_found');
      },
      request,
    );
  }

  /** A device, and the bars that quarantine it. */
  @Get(':deviceId')
  @Allow('devices:read')
  async get(
    @Caller() { tenant }: Principal,
    @Param('deviceId') deviceId: string,
  ): Promise<Device & { quarantined: boolean; bars: Awaited<ReturnType<RevocationStore['bars']>> }> {
    return this.unitOfWork.run(tenant, async (tx) => {
      const bars = await this.revocations.bars(tx, { kind: 'device', id: deviceId });
      const device = (await this.store.get(tx, deviceId)) ?? (bars.length > 0 ? unseen(deviceId) : undefined);
      if (!device) throw new Problem('device_not_found');
      return { ...device, quarantined: bars.length > 0, bars };
    });
  }
}

const unseen = (id: string): Device => ({ id, name: null, firstSeenAt: null, lastSeenAt: null, liveSessions: 0 });
