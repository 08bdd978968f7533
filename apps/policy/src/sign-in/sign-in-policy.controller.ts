import { Problem } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import {
  Allow,
  Caller,
  decodeCursor,
  etagOf,
  Idempotency,
  page,
  type IdempotentRequest,
  type Principal,
} from '@curfew/runtime';
import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ChangeSignInPolicy } from './change-sign-in-policy.js';
import {
  assignmentOf,
  policyFieldsOf,
  rulesInOrder,
  type PolicyWithRules,
  type SignInPolicy,
} from './sign-in-policy.js';
import { NewSignInPolicyDto, SignInPolicyPatchDto, SignInRuleDto } from './sign-in-policy.dto.js';
import { SignInPolicyStore } from './sign-in-policy.store.js';
import type { SignInRule } from './sign-in-rule.js';

const PAGE = 100;
const ETAG = { headers: { ETag: { schema: { type: 'string' as const } } } };
const IF_MATCH = { name: 'If-Match', required: true, description: "The policy's ETag" };

@ApiTags('sign-in')
@ApiBearerAuth()
@Controller('/v1/sign-in-policies')
export class SignInPolicyController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SignInPolicyStore,
    private readonly policies: ChangeSignInPolicy,
  ) {}

  /** Creates a sign-in policy, without rules. */
  @Post()
  @Allow('policies:write')
  @ApiCreatedResponse(ETAG)
  async create(
    @Caller() caller: Principal,
    @Body() body: NewSignInPolicyDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<SignInPolicy> {
    return tagged(await this.policies.create(caller, policyFieldsOf(body), request), reply);
  }

  /** The sign-in policies in the order they are asked. */
  @Get()
  @Allow('policies:read')
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() { tenant }: Principal,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: (SignInPolicy & { ruleCount: number })[]; nextCursor: string | null }> {
    const after = decodeCursor(cursor, 'text') ?? '';
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.list(tx, after, PAGE + 1));
    const { items, nextCursor } = page(rows, PAGE, ({ place }) => place);
    return { items: items.map(({ policy, ruleCount }) => ({ ...policy, ruleCount })), nextCursor };
  }

  /** One, with its rules in the order they are asked; its version is the ETag. */
  @Get(':policyId')
  @Allow('policies:read')
  @ApiOkResponse(ETAG)
  async get(
    @Caller() { tenant }: Principal,
    @Param('policyId') policyId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PolicyWithRules> {
    const policy = await this.unitOfWork.run(tenant, (tx) => this.store.get(tx, policyId));
    if (!policy) throw new Problem('sign_in_policy_not_found');
    return inOrderOfRules(tagged(policy, reply));
  }

  /** Changes what the body names; what it leaves out stays. */
  @Patch(':policyId')
  @Allow('policies:write')
  @ApiOkResponse(ETAG)
  @ApiHeader(IF_MATCH)
  async change(
    @Caller() caller: Principal,
    @Param('policyId') policyId: string,
    @Body() { assignment, ...fields }: SignInPolicyPatchDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('if-match') ifMatch?: string,
  ): Promise<PolicyWithRules> {
    const named = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    const asked = { ...named, ...(assignment && { assignment: assignmentOf(assignment) }) };
    return inOrderOfRules(tagged(await this.policies.change(caller, policyId, ifMatch, asked), reply));
  }

  /** Removes it for good, with its rules. The default policy stays. */
  @Delete(':policyId')
  @HttpCode(204)
  @Allow('policies:write')
  async remove(@Caller() caller: Principal, @Param('policyId') policyId: string): Promise<void> {
    await this.policies.remove(caller, policyId);
  }

  /** Adds a rule under an id of the caller's choice, or replaces the one of that id. */
  @Put(':policyId/rules/:ruleId')
  @Allow('policies:write')
  @ApiOkResponse(ETAG)
  @ApiHeader(IF_MATCH)
  async saveRule(
    @Caller() caller: Principal,
    @Param('policyId') policyId: string,
    @Param('ruleId') ruleId: string,
    @Body() body: SignInRuleDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('if-match') ifMatch?: string,
  ): Promise<SignInRule> {
    const { rule, version } = await this.policies.saveRule(caller, policyId, ifMatch, ruleId, body);
    void reply.header('etag', etagOf(version));
    return rule;
  }

  /** Removes a rule. */
  @Delete(':policyId/rules/:ruleId')
  @HttpCode(204)
  @Allow('policies:write')
  async removeRule(
    @Caller() caller: Principal,
    @Param('policyId') policyId: string,
    @Param('ruleId') ruleId: string,
  ): Promise<void> {
    await this.policies.removeRule(caller, policyId, ruleId);
  }
}

function tagged<P extends SignInPolicy>(policy: P, reply: FastifyReply): P {
  void reply.header('etag', etagOf(policy.version));
  return policy;
}

const inOrderOfRules = (policy: PolicyWithRules): PolicyWithRules => ({ ...policy, rules: rulesInOrder(policy.rules) });
