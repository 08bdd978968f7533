import { unprocessableField } from '@curfew/contracts';
import { Allow, Caller, Idempotency, type IdempotentRequest, type Principal } from '@curfew/runtime';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Decision } from '../protection/protect.js';
import { addressOf } from './address-range.js';
import { EvaluateSignIn } from './evaluate-sign-in.js';
import { AttemptDto } from './sign-in-policy.dto.js';

@ApiTags('sign-in')
@ApiBearerAuth()
@Controller('/v1/sign-in')
export class SignInController {
  constructor(private readonly evaluateSignIn: EvaluateSignIn) {}

  /**
   * May this person sign in, how, and to what session; and why the rules before the one that decides did not match.
   * Asked again with how it came out, it counts a failure before it decides.
   */
  @Post('evaluate')
  @HttpCode(200)
  @Allow('sign-in:evaluate')
  evaluate(
    @Caller() caller: Principal,
    @Body() { subject, groups, ip, at, device, risk, purpose, outcome }: AttemptDto,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<Decision> {
    if (addressOf(ip) === undefined) throw unprocessableField('ip', 'is no IP address');
    const when = at === undefined ? undefined : new Date(at);
    if (when && Number.isNaN(when.getTime())) throw unprocessableField('at', 'is no instant there ever was');
    const question = { subject, groups, ip, at: when, device: device ?? 'unknown', risk, outcome } as const;
    return this.evaluateSignIn.execute(caller, { ...question, purpose: purpose ?? 'sign-in' }, request);
  }
}
