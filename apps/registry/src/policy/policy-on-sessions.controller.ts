import { invalidField } from '@curfew/contracts';
import { Allow, Caller, isPlainText, type Principal } from '@curfew/runtime';
import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { policyCalled } from '@curfew/policy-rules';
import { FindEffectivePolicy, type EffectivePolicy } from './effective-policy.js';
import { PolicyPreviewDto } from './policy-preview.dto.js';
import { PreviewPolicy, type PolicyPreview } from './preview-policy.js';

@ApiTags('policy')
@ApiBearerAuth()
/** What of policies only the registry can answer, which knows people and sessions. */
@Controller('/v1/policies')
export class PolicyOnSessionsController {
  constructor(
    private readonly findEffectivePolicy: FindEffectivePolicy,
    private readonly previewPolicy: PreviewPolicy,
  ) {}

  /** What holds for a person, at one application or whatever the application: each field with the policy it comes from. */
  @Get('effective')
  @Allow('effective-policies:read')
  @ApiQuery({ name: 'subject' })
  @ApiQuery({ name: 'application', required: false })
  async effective(
    @Caller() { tenant }: Principal,
    @Query('subject') subject?: string,
    @Query('application') application?: string,
  ): Promise<EffectivePolicy> {
    if (subject === undefined || !isPlainText(subject)) throw invalidField('subject', 'must name a person');
    if (application !== undefined && !isPlainText(application)) throw invalidField('application', 'must be text');
    return this.findEffectivePolicy.execute(tenant, subject, application ?? null);
  }

  /** What saving a policy would do to the sessions that are live now, counted by what would enforce it. Nothing is written. */
  @Post('preview')
  @HttpCode(200)
  @Allow('policies:read')
  async preview(@Caller() { tenant }: Principal, @Body() body: PolicyPreviewDto): Promise<PolicyPreview> {
    const ref = policyCalled(body.policy);
    if (!ref) throw invalidField('policy', 'must be `default` or `<layer>:<id>`');
    if (ref.layer === 'tenant' && body.document === null) throw invalidField('document', 'must be there');
    return this.previewPolicy.execute(tenant, ref, body.document, body.apply);
  }
}
