import { invalidField } from '@curfew/contracts';
import { Allow, Caller, type Principal } from '@curfew/runtime';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ManageStream } from './manage-stream.js';
import { StreamDto, StreamStatusDto, StreamSubjectDto } from './stream.dto.js';
import type { StreamStatus, Transmitter } from './transmitter.js';

/** Answered by what the transmitter says, at the time it is asked. */
@ApiTags('shared signals')
@ApiBearerAuth()
@Controller('/v1/transmitters/:transmitterId/stream')
export class StreamController {
  constructor(private readonly manage: ManageStream) {}

  /**
   * Sets up our stream at the transmitter, or changes the one there is, by its metadata and with its credentials; then
   * asks it to verify itself. Its audience is from now on the one the stream has.
   */
  @Put()
  @Allow('signals:sources')
  setUp(
    @Caller() caller: Principal,
    @Param('transmitterId') transmitterId: string,
    @Body() { delivery, pushTo, events, description }: StreamDto,
  ): Promise<Transmitter> {
    if ((delivery === 'push') !== (pushTo !== undefined))
      throw invalidField('pushTo', 'is needed for push, and for nothing else');
    return this.manage.setUp(caller, transmitterId, {
      pushTo: pushTo ?? null,
      events,
      description: description ?? null,
    });
  }

  /** Ends the stream at the transmitter, which tells nothing more. */
  @Delete()
  @HttpCode(204)
  @Allow('signals:sources')
  async remove(@Caller() caller: Principal, @Param('transmitterId') transmitterId: string): Promise<void> {
    await this.manage.remove(caller, transmitterId);
  }

  /** How the stream is, as the transmitter says now. */
  @Get('status')
  @Allow('signals:sources')
  status(
    @Caller() caller: Principal,
    @Param('transmitterId') transmitterId: string,
  ): Promise<{ status: StreamStatus; reason: string | null }> {
    return this.manage.status(caller, transmitterId);
  }

  /** Asks the transmitter to pause the stream, to disable it, or to go on. */
  @Put('status')
  @Allow('signals:sources')
  change(
    @Caller() caller: Principal,
    @Param('transmitterId') transmitterId: string,
    @Body() { status, reason }: StreamStatusDto,
  ): Promise<{ status: StreamStatus; reason: string | null }> {
    return this.manage.status(caller, transmitterId, { status, reason: reason ?? null });
  }

  /** Asks for a verification event. It comes like any other; `verifiedAt` of the transmitter says when. */
  @Post('verify')
  @HttpCode(204)
  @Allow('signals:sources')
  async verify(@Caller() caller: Principal, @Param('transmitterId') transmitterId: string): Promise<void> {
    await this.manage.verify(caller, transmitterId);
  }

  /** From now on the stream tells of this subject; needed where the transmitter does not tell of all. */
  @Post('subjects')
  @HttpCode(204)
  @Allow('signals:sources')
  async add(
    @Caller() caller: Principal,
    @Param('transmitterId') transmitterId: string,
    @Body() { subject }: StreamSubjectDto,
  ): Promise<void> {
    await this.manage.subject(caller, transmitterId, subject, true);
  }

  /** The stream tells of this subject no more. */
  @Post('subjects/remove')
  @HttpCode(204)
  @Allow('signals:sources')
  async removeSubject(
    @Caller() caller: Principal,
    @Param('transmitterId') transmitterId: string,
    @Body() { subject }: StreamSubjectDto,
  ): Promise<void> {
    await this.manage.subject(caller, transmitterId, subject, false);
  }
}
