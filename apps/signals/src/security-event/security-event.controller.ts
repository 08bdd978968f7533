import { Public, SECEVENT_JWT, TextBody } from '@curfew/runtime';
import { Controller, Headers, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiTags } from '@nestjs/swagger';
import { ReceiveSet } from './receive-set.js';

@ApiTags('shared signals')
@Controller('/v1/security-events')
export class SecurityEventController {
  constructor(private readonly receiveSet: ReceiveSet) {}

  /**
   * Takes in a security event token that a transmitter pushes (RFC 8935). 202 means it is on disk, also where it came
   * before; what is refused is told as `{"err", "description"}`.
   */
  @Post(':transmitterId')
  @HttpCode(202)
  @Public()
  @ApiHeader({ name: 'authorization', description: '`Bearer` and the secret of the transmitter', required: false })
  @ApiConsumes(SECEVENT_JWT)
  @ApiBody({ description: 'The token, in its compact form', schema: { type: 'string' } })
  async receive(
    @Param('transmitterId') transmitterId: string,
    @Headers('authorization') authorization: string | undefined,
    @TextBody() token: string,
  ): Promise<void> {
    await this.receiveSet.execute(transmitterId, authorization, token);
  }
}
