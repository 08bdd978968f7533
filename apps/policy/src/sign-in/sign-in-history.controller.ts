import { UnitOfWork } from '@curfew/messaging';
import {
  Allow,
  Caller,
  decodeCursor,
  Idempotency,
  page,
  type IdempotentRequest,
  type Principal,
} from '@curfew/runtime';
import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ChangeProtection } from '../protection/change-protection.js';
import { ChangeSignInPolicy } from './change-sign-in-policy.js';
import { PROTECTION, type SignInVersion } from './sign-in-history.js';
import { SignInHistoryStore } from './sign-in-history.store.js';
import { SignInRevertDto } from './sign-in-policy.dto.js';

const PAGE = 50;

@ApiTags('sign-in')
@ApiBearerAuth()
@Controller('/v1/sign-in-policies')
export class SignInHistoryController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SignInHistoryStore,
    private readonly policies: ChangeSignInPolicy,
    private readonly protection: ChangeProtection,
  ) {}

  /** Every version of the sign-in policies and of sign-in protection, newest first, with what each changed. */
  @Get('history')
  @Allow('policies:read')
  @ApiQuery({ name: 'policy', required: false, description: "A sign-in policy's id, or `protection`" })
  @ApiQuery({ name: 'cursor', required: false })
  async history(
    @Caller() { tenant }: Principal,
    @Query('policy') policy?: string,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: SignInVersion[]; nextCursor: string | null }> {
    const before = decodeCursor(cursor, 'number');
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.list(tx, policy, before, PAGE + 1));
    const { items, nextCursor } = page(rows, PAGE, ({ seq }) => seq);
    return { items: items.map(({ seq: _seq, ...version }) => version), nextCursor };
  }

  /** Has an earlier version hold again, exactly: a new version, in the audit trail like any other. One that was removed comes back. */
  @Post('revert')
  @HttpCode(200)
  @Allow('policies:write')
  revert(
    @Caller() caller: Principal,
    @Body() { policy, version, reason = `reverted to version ${version}` }: SignInRevertDto,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<{ version: number }> {
    return policy === PROTECTION
      ? this.protection.revert(caller, version, reason, request)
      : this.policies.revert(caller, policy, version, reason, request);
  }
}
