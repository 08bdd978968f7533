import { invalidField, OVERRIDE_LAYERS, Problem, type OverrideLayer, type PolicyOverride } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { APPLY, isOver, policyName, type LayerRef } from '@curfew/policy-rules';
import {
  Allow,
  Caller,
  choiceOf,
  decodeCursor,
  etagOf,
  isPlainText,
  page,
  PreferWait,
  type Principal,
} from '@curfew/runtime';
import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Put, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AnswerSave, type SaveAnswer } from './answer-save.js';
import { warningsOf } from './check-override.js';
import { SavePolicy } from './save-policy.js';
import { overrideOf } from './policy-of-request.js';
import { OverrideDto } from './session-policy.dto.js';
import { SessionPolicyStore } from './session-policy.store.js';

const PAGE = 100;
const LONGEST_ID = 256;

export interface OverrideView extends PolicyOverride {
  readonly policy: string;
  readonly layer: OverrideLayer;
  readonly id: string;
  readonly version: number;
  readonly expired: boolean;
}

/** What differs from the default for a region, a clearance, a data class, a group, an application or a person. */
@ApiTags('policy')
@ApiBearerAuth()
@Controller('/v1/policies/overrides')
export class OverrideController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SessionPolicyStore,
    private readonly savePolicy: SavePolicy,
    private readonly answerSave: AnswerSave,
  ) {}

  /** All overrides there are, by name. */
  @Get()
  @Allow('policies:read')
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() { tenant }: Principal,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: OverrideView[]; nextCursor: string | null }> {
    const after = decodeCursor(cursor, 'text') ?? '';
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.overrides(tx, after, PAGE + 1));
    return page(
      rows.map(({ override, version, ...ref }) => viewOf(ref, version, override)),
      PAGE,
      ({ policy }) => policy,
    );
  }

  /** One of them; its version is the ETag. */
  @Get(':layer/:target')
  @Allow('policies:read')
  @ApiParam({ name: 'layer', enum: OVERRIDE_LAYERS })
  @ApiOkResponse({ headers: { ETag: { schema: { type: 'string' } } } })
  async get(
    @Caller() { tenant }: Principal,
    @Param('layer') layer: string,
    @Param('target') target: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OverrideView> {
    const ref = refOf(layer, target);
    const { version, document } = await this.unitOfWork.run(tenant, (tx) => this.store.current(tx, ref));
    if (document === null) throw new Problem('policy_not_found');
    void reply.header('etag', etagOf(version));
    return viewOf(ref, version, document as PolicyOverride);
  }

  /** Makes it, or replaces it whole. Looser than the default it is refused, unless it is exact, for a reason and a time. */
  @Put(':layer/:target')
  @HttpCode(202)
  @Allow('policies:write')
  @ApiParam({ name: 'layer', enum: OVERRIDE_LAYERS })
  @ApiQuery({ name: 'apply', required: false, enum: APPLY })
  @ApiHeader({ name: 'If-Match', required: false })
  async put(
    @Caller() { tenant, actor }: Principal,
    @Param('layer') layer: string,
    @Param('target') target: string,
    @Body() body: OverrideDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @PreferWait() waitMs: number,
    @Query('apply') apply?: string,
    @Headers('if-match') ifMatch?: string,
  ): Promise<SaveAnswer> {
    const document = overrideOf(body);
    const saved = await this.savePolicy.execute({
      tenant,
      actor,
      ref: refOf(layer, target),
      document,
      apply: choiceOf('apply', apply, APPLY),
      reason: document.reason,
      ifMatch,
    });
    const warnings = warningsOf(document.values.cap, document.privileged);
    return this.answerSave.execute(tenant, saved, waitMs, reply, warnings);
  }

  /** Takes it away: who was under it inherits again. */
  @Delete(':layer/:target')
  @HttpCode(202)
  @Allow('policies:write')
  @ApiParam({ name: 'layer', enum: OVERRIDE_LAYERS })
  @ApiQuery({ name: 'apply', required: false, enum: APPLY })
  @ApiHeader({ name: 'If-Match', required: false })
  async remove(
    @Caller() { tenant, actor }: Principal,
    @Param('layer') layer: string,
    @Param('target') target: string,
    @Res({ passthrough: true }) reply: FastifyReply,
    @PreferWait() waitMs: number,
    @Query('apply') apply?: string,
    @Headers('if-match') ifMatch?: string,
  ): Promise<SaveAnswer> {
    const saved = await this.savePolicy.execute({
      tenant,
      actor,
      ref: refOf(layer, target),
      document: null,
      apply: choiceOf('apply', apply, APPLY),
      reason: null,
      ifMatch,
    });
    return this.answerSave.execute(tenant, saved, waitMs, reply);
  }
}

function refOf(layer: string, id: string): LayerRef & { layer: OverrideLayer } {
  if (id.length > LONGEST_ID || !isPlainText(id))
    throw invalidField('target', `must be text of 1 to ${LONGEST_ID} characters`);
  const known = OVERRIDE_LAYERS.find((one) => one === layer);
  if (!known) throw new Problem('policy_not_found');
  return { layer: known, id };
}

const viewOf = (ref: LayerRef, version: number, override: PolicyOverride): OverrideView => ({
  policy: policyName(ref),
  layer: ref.layer as OverrideLayer,
  id: ref.id,
  version,
  ...override,
  expired: isOver(override, new Date()),
});
