import { unprocessableField } from '@curfew/contracts';
import { Allow, Caller, type Principal } from '@curfew/runtime';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { addressOf } from './address-range.js';
import type { Verdict } from './evaluate.js';
import { EvaluateSignIn } from './evaluate-sign-in.js';
import { AttemptDto } from './sign-in-policy.dto.js';

@ApiTags('sign-in')
@ApiBearerAuth()
@Controller('/v1/sign-in')
export class SignInController {
  constructor(private readonly evaluateSignIn: EvaluateSignIn) {}

  /** May this person sign in, how, and to what session; and why the rules before the one that decides did not match. */
  @Post('evaluate')
  @HttpCode(200)
  @Allow('sign-in:evaluate')
  evaluate(
    @Caller() { tenant }: Principal,
    @Body() { subject, groups, ip, at, device, risk }: AttemptDto,
  ): Promise<Verdict> {
    if (addressOf(ip) === undefined) throw unprocessableField('ip', 'is no IP address');
    const when = at === undefined ? new Date() : new Date(at);
    if (Number.isNaN(when.getTime())) throw unprocessableField('at', 'is no instant there ever was');
    return this.evaluateSignIn.execute(tenant, { subject, groups, ip, at: when, device: device ?? 'unknown', risk });
  }
}
