import { invalidField } from '@curfew/contracts';
import { Allow, Caller, isPlainText, type Principal } from '@curfew/runtime';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { FindEffectivePolicy, type EffectivePolicy } from './effective-policy.js';

@ApiTags('policy')
@ApiBearerAuth()
@Controller('/v1/policies/effective')
export class EffectivePolicyController {
  constructor(private readonly findEffectivePolicy: FindEffectivePolicy) {}

  /** What holds for a person, at one application or whatever the application: each field with the policy it comes from. */
  @Get()
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
}
