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
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ChangeSignInProfile } from './change-sign-in-profile.js';
import { NewSignInProfileDto } from './sign-in-policy.dto.js';
import type { SignInProfile } from './sign-in-profile.js';
import { SignInProfileStore } from './sign-in-profile.store.js';

const PAGE = 100;

@ApiTags('sign-in')
@ApiBearerAuth()
@Controller('/v1/sign-in-profiles')
export class SignInProfileController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SignInProfileStore,
    private readonly profiles: ChangeSignInProfile,
  ) {}

  /** Names a profile that rules may ask for: of the first factor, or of the kind `mfa` of the second. */
  @Post()
  @Allow('policies:write')
  create(
    @Caller() caller: Principal,
    @Body() { name, kind }: NewSignInProfileDto,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<SignInProfile> {
    return this.profiles.create(caller, { name, kind }, request);
  }

  /** The profiles, by name. */
  @Get()
  @Allow('policies:read')
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() { tenant }: Principal,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: SignInProfile[]; nextCursor: string | null }> {
    const after = decodeCursor(cursor, 'text') ?? '';
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.list(tx, after, PAGE + 1));
    return page(rows, PAGE, ({ name }) => name);
  }

  /** Removes one that no rule names. */
  @Delete(':profileName')
  @HttpCode(204)
  @Allow('policies:write')
  async remove(@Caller() caller: Principal, @Param('profileName') name: string): Promise<void> {
    await this.profiles.remove(caller, name);
  }
}
