import { SignInProtectionUpdatedV1 } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { Allow, assertMatches, Caller, etagOf, type Principal } from '@curfew/runtime';
import { Body, Controller, Get, Headers, Put, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { changing } from '../sign-in/change-sign-in-policy.js';
import { changesBetween } from '../sign-in/sign-in-policy.js';
import { SignInPolicyStore } from '../sign-in/sign-in-policy.store.js';
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
    private readonly policies: SignInPolicyStore,
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
    @Caller() { tenant, actor }: Principal,
    @Body() body: SignInProtectionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('if-match') ifMatch?: string,
  ): Promise<SignInProtection> {
    const protection = protectionOf(body as ProtectionRequest);
    const saved = await this.unitOfWork.run(
      tenant,
      async (tx) => {
        const before = await this.store.current(tx);
        assertMatches(ifMatch, before.version);
        const changes = changesBetween(before.protection, protection);
        if (changes.length === 0) return before;
        const after = { version: before.version + 1, protection };
        await this.store.save(tx, after);
        await this.policies.countChange(tx);
        const cause = { actor, correlationId: uuidv7() };
        const data = { version: after.version, changes };
        tx.publish(SignInProtectionUpdatedV1, { subject: 'sign-in-protection', cause, data });
        return after;
      },
      [changing(tenant)],
    );
    return tagged(saved, reply);
  }
}

function tagged({ version, protection }: VersionedProtection, reply: FastifyReply): SignInProtection {
  void reply.header('etag', etagOf(version));
  return protection;
}
