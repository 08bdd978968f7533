import { invalidField, Problem } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { policyCalled, type LayerRef } from '@curfew/policy-rules';
import {
  Allow,
  Caller,
  decodeCursor,
  Idempotency,
  page,
  PreferWait,
  type IdempotentRequest,
  type Principal,
} from '@curfew/runtime';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AnswerSave, type SaveAnswer } from './answer-save.js';
import type { EnforcementView } from './enforcement.store.js';
import { PRESETS, type Preset } from './presets.js';
import { SavePolicy } from './save-policy.js';
import { RevertDto } from './session-policy.dto.js';
import { SessionPolicyStore, type SavedVersion } from './session-policy.store.js';

const PAGE = 50;

@ApiTags('policy')
@ApiBearerAuth()
@Controller('/v1/policies')
export class HistoryController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SessionPolicyStore,
    private readonly savePolicy: SavePolicy,
    private readonly answerSave: AnswerSave,
  ) {}

  /** Every version that was ever in force, newest first, with what each changed: of all policies, or of one. */
  @Get('history')
  @Allow('policies:read')
  @ApiQuery({ name: 'policy', required: false })
  @ApiQuery({ name: 'cursor', required: false })
  async history(
    @Caller() { tenant }: Principal,
    @Query('policy') policy?: string,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: ReturnType<typeof viewOf>[]; nextCursor: string | null }> {
    const before = decodeCursor(cursor, 'number');
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.history(tx, policy, before, PAGE + 1));
    const { items, nextCursor } = page(rows, PAGE, ({ seq }) => seq);
    return { items: items.map(viewOf), nextCursor };
  }

  /** Has the values of an earlier version hold again, exactly: a new version, in the audit trail like any other. */
  @Post('revert')
  @HttpCode(202)
  @Allow('policies:write')
  async revert(
    @Caller() { tenant, actor }: Principal,
    @Body() body: RevertDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @PreferWait() waitMs: number,
    @Idempotency() idempotent?: IdempotentRequest,
  ): Promise<SaveAnswer> {
    const ref = namedPolicy(body.policy);
    const earlier = await this.unitOfWork.run(tenant, (tx) => this.store.at(tx, ref, body.version));
    if (!earlier) throw new Problem('policy_not_found');
    const saved = await this.savePolicy.execute({
      tenant,
      actor,
      ref,
      document: earlier.document,
      apply: undefined,
      reason: body.reason ?? `reverted to version ${body.version}`,
      ifMatch: undefined,
      idempotent,
    });
    return this.answerSave.execute(tenant, saved, waitMs, reply);
  }

  /** Where a tenant of some kind may begin; saving one is up to whoever reads it. */
  @Get('presets')
  @Allow('policies:read')
  presets(): { items: readonly Preset[] } {
    return { items: PRESETS };
  }

  /** What a save did to live sessions. */
  @Get('enforcements/:enforcementId')
  @Allow('policies:read')
  enforcement(
    @Caller() { tenant }: Principal,
    @Param('enforcementId') enforcementId: string,
    @PreferWait() waitMs: number,
  ): Promise<EnforcementView> {
    return this.savePolicy.enforcement(tenant, enforcementId, waitMs);
  }
}

function namedPolicy(name: string): LayerRef {
  const ref = policyCalled(name);
  if (!ref) throw invalidField('policy', 'must be `default` or `<layer>:<id>`');
  return ref;
}

const viewOf = ({ savedAt, changes, seq: _seq, ...saved }: SavedVersion) => ({
  ...saved,
  changes: changes.map(({ affects: _affects, ...change }) => change),
  savedAt: savedAt.toISOString(),
});
