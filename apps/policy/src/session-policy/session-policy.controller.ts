import { DefaultPolicy, invalidField, PolicyStateV1, PolicyUpdatedV1 } from '@curfew/contracts';
import { exclusive, UnitOfWork } from '@curfew/messaging';
import { Allow, Caller, until, type Principal } from '@curfew/runtime';
import { Value } from '@sinclair/typebox/value';
import { Body, Controller, Get, Put, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { DefaultPolicyDto } from './session-policy.dto.js';
import { SessionPolicyStore, type VersionedPolicy } from './session-policy.store.js';

/** A save is answered when the registry judges by it, or after this long at the latest. */
const APPLIED_WITHIN_MS = 2_000;

@ApiTags('policy')
@ApiBearerAuth()
@Controller('/v1/policies')
export class SessionPolicyController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SessionPolicyStore,
  ) {}

  /** The policy in force; its version is the ETag. */
  @Get('default')
  @Allow('policies:read')
  @ApiOkResponse({ headers: { ETag: { schema: { type: 'string' } } } })
  async get(@Caller() { tenant }: Principal, @Res({ passthrough: true }) reply: FastifyReply): Promise<DefaultPolicy> {
    return answer(await this.unitOfWork.run(tenant, (tx) => this.store.current(tx)), reply);
  }

  /** Replaces it, for every sign-in and session from now on. */
  @Put('default')
  @Allow('policies:write')
  @ApiOkResponse({ headers: { ETag: { schema: { type: 'string' } } } })
  async put(
    @Caller() { tenant, actor }: Principal,
    @Body() body: DefaultPolicyDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DefaultPolicy> {
    const policy: DefaultPolicy = { ...body, applications: body.applications ?? {} };
    const wrong = Value.Errors(DefaultPolicy, policy).First();
    if (wrong) throw invalidField(wrong.path.slice(1).replaceAll('/', '.'), wrong.message);
    const saved = await this.unitOfWork.run(
      tenant,
      async (tx) => {
        const before = await this.store.current(tx);
        const after = { version: before.version + 1, policy };
        await this.store.save(tx, after, actor);
        const cause = { actor, correlationId: uuidv7() };
        tx.publish(PolicyUpdatedV1, {
          subject: 'default',
          cause,
          data: { policy: 'default', version: after.version, before: before.policy, after: policy },
        });
        tx.publish(PolicyStateV1, { subject: 'default', cause, data: after });
        return after;
      },
      [exclusive('session-policy', tenant)],
    );
    await until(
      () => this.unitOfWork.run(tenant, async (tx) => (await this.store.isApplied(tx, saved.version)) || undefined),
      APPLIED_WITHIN_MS,
    );
    return answer(saved, reply);
  }
}

function answer({ version, policy }: VersionedPolicy, reply: FastifyReply): DefaultPolicy {
  void reply.header('etag', `"${version}"`);
  return policy;
}
