import { UnitOfWork } from '@curfew/messaging';
import { Allow, Caller, etagOf, type Principal } from '@curfew/runtime';
import { Body, Controller, Get, Headers, Put, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ChangeProtection } from './change-protection.js';
import { SignInProtectionDto } from './protection.dto.js';
import { ProtectionStore } from './protection.store.js';
import { protectionOf, type SignInProtection, type ProtectionRequest, type VersionedProtection } from './protection.js';

const ETAG = { headers: { ETag: { schema: { type: 'string' as const } } } };

@ApiTags('sign-in')
@ApiBearerAuth()
@Controller('/v1/sign-in-protection')
export class ProtectionController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: ProtectionStore,
    private readonly changeProtection: ChangeProtection,
  ) {}

  /** How sign-in is guarded: lockout, risk and captcha. Its version is the ETag. */
  @Get()
  @Allow('policies:read')
  @ApiOkResponse(ETAG)
  async get(
    @Caller() { tenant }: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignInProtection> {
    return tagged(await this.unitOfWork.run(tenant, (tx) => this.store.current(tx)), reply);
  }

  /** Replaces it, from the next evaluation on; what is left out is as it is at first. */
  @Put()
  @Allow('policies:write')
  @ApiOkResponse(ETAG)
  @ApiHeader({ name: 'If-Match', required: true, description: 'The ETag it was read with' })
  async put(
    @Caller() caller: Principal,
    @Body() body: SignInProtectionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('if-match') ifMatch?: string,
  ): Promise<SignInProtection> {
    return tagged(await this.changeProtection.change(caller, ifMatch, protectionOf(body as ProtectionRequest)), reply);
  }
}

function tagged({ version, protection }: VersionedProtection, reply: FastifyReply): SignInProtection {
  void reply.header('etag', etagOf(version));
  return protection;
}
