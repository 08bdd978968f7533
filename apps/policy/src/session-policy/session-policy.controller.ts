import type { DefaultPolicy } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { APPLY, TENANT } from '@curfew/policy-rules';
import { Allow, Caller, choiceOf, etagOf, PreferWait, type Principal } from '@curfew/runtime';
import { Body, Controller, Get, Headers, HttpCode, Put, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AnswerSave, type SaveAnswer } from './answer-save.js';
import { warningsOf } from './check-override.js';
import { defaultPolicyOf } from './policy-of-request.js';
import { SavePolicy } from './save-policy.js';
import { DefaultPolicyDto } from './session-policy.dto.js';
import { SessionPolicyStore } from './session-policy.store.js';

@ApiTags('policy')
@ApiBearerAuth()
@Controller('/v1/policies')
export class SessionPolicyController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SessionPolicyStore,
    private readonly savePolicy: SavePolicy,
    private readonly answerSave: AnswerSave,
  ) {}

  /** The policy in force, every field of it; its version is the ETag. */
  @Get('default')
  @Allow('policies:read')
  @ApiOkResponse({ headers: { ETag: { schema: { type: 'string' } } } })
  async get(@Caller() { tenant }: Principal, @Res({ passthrough: true }) reply: FastifyReply): Promise<DefaultPolicy> {
    const current = await this.unitOfWork.run(tenant, (tx) => this.store.default(tx));
    void reply.header('etag', etagOf(current.version));
    return current.document;
  }

  /**
   * Replaces it, for every sign-in and session from now on, and for live sessions as `apply` says: at once, or not.
   * Where it says nothing, what gets tighter does so at once. Saving the same again changes nothing.
   */
  @Put('default')
  @HttpCode(202)
  @Allow('policies:write')
  @ApiQuery({ name: 'apply', required: false, enum: APPLY })
  @ApiHeader({ name: 'If-Match', required: false })
  async put(
    @Caller() { tenant, actor }: Principal,
    @Body() body: DefaultPolicyDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @PreferWait() waitMs: number,
    @Query('apply') apply?: string,
    @Headers('if-match') ifMatch?: string,
  ): Promise<SaveAnswer> {
    const document = defaultPolicyOf(body);
    const saved = await this.savePolicy.execute({
      tenant,
      actor,
      ref: TENANT,
      document,
      apply: choiceOf('apply', apply, APPLY),
      reason: null,
      ifMatch,
    });
    return this.answerSave.execute(tenant, saved, waitMs, reply, warningsOf(document.cap, false));
  }
}
