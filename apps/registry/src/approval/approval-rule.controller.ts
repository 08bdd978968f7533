import type { ApprovalRule } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { Allow, Caller, etagOf, type Principal } from '@curfew/runtime';
import { Body, Controller, Get, Headers, Put, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApprovalRuleDto } from './approval.dto.js';
import { INITIAL_RULE } from './approval.js';
import { ApprovalStore, type VersionedRule } from './approval.store.js';
import { DecideApproval } from './decide-approval.js';

const ETAG = { headers: { ETag: { schema: { type: 'string' as const } } } };

@ApiTags('revocations')
@ApiBearerAuth()
@Controller('/v1/approval-rule')
export class ApprovalRuleController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: ApprovalStore,
    private readonly decideApproval: DecideApproval,
  ) {}

  /** Which kills take a second person; at first none. Its version is the ETag. */
  @Get()
  @Allow('revocations:read')
  @ApiOkResponse(ETAG)
  async get(@Caller() { tenant }: Principal, @Res({ passthrough: true }) reply: FastifyReply): Promise<ApprovalRule> {
    return tagged(await this.unitOfWork.run(tenant, (tx) => this.store.rule(tx)), reply);
  }

  /** Changes that. An owner's alone: whoever may kill is not to lift what holds the kill. */
  @Put()
  @Allow('revocations:rule')
  @ApiOkResponse(ETAG)
  @ApiHeader({ name: 'If-Match', required: true, description: 'The ETag it was read with' })
  async put(
    @Caller() caller: Principal,
    @Body()
    { aboveSessions, tenantWide, withinSeconds = INITIAL_RULE.withinSeconds, countedSeconds = null }: ApprovalRuleDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('if-match') ifMatch?: string,
  ): Promise<ApprovalRule> {
    const rule = { aboveSessions, tenantWide, withinSeconds, countedSeconds };
    return tagged(await this.decideApproval.saveRule(caller, ifMatch, rule), reply);
  }
}

function tagged({ version, rule }: VersionedRule, reply: FastifyReply): ApprovalRule {
  void reply.header('etag', etagOf(version));
  return rule;
}
