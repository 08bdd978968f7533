import { Allow, Caller, OnlyPeople, Public, type Principal } from '@curfew/runtime';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { BeginSignInDto, ConfirmSignInDto, FinishSignInDto, LogoutTokenDto, SignOutDto } from './administrator.dto.js';
import { KeepSignedIn, type Renewed } from './keep-signed-in.js';
import { SignAdministratorIn, type NewAdministrator } from './sign-administrator-in.js';

/** What the console asks for people who sign in. It vouches for nobody: what it hands on is verified here. */
@ApiTags('administrators')
@Controller('/v1/administrators')
export class AdministratorController {
  constructor(
    private readonly signIn: SignAdministratorIn,
    private readonly keep: KeepSignedIn,
  ) {}

  /** Begins a sign-in: where the browser goes, and what has to be handed in when it comes back. */
  @Post('begin')
  @HttpCode(200)
  @Public()
  begin(@Body() { tenant, redirectUri }: BeginSignInDto): Promise<{ url: string; attempt: string }> {
    return this.signIn.begin(tenant, redirectUri);
  }

  /** The browser came back. The answer holds a key of that person's roles; it is shown this once, and lasts until the session of the console is idle for too long. */
  @Post('finish')
  @HttpCode(200)
  @Public()
  finish(@Body() { attempt, callback, ip, userAgent }: FinishSignInDto): Promise<NewAdministrator> {
    return this.signIn.finish(attempt, callback, { ip: ip ?? null, userAgent: userAgent ?? null });
  }

  /** A logout token: of the tenant's provider, or of Curfew for a session of the console. */
  @Post('logout-tokens')
  @HttpCode(204)
  @Public()
  async logoutToken(@Body() { tenant, logoutToken }: LogoutTokenDto): Promise<void> {
    await this.keep.readLogoutToken(tenant, logoutToken);
  }

  /**
   * Begins the same anew for who is signed in: to prove once more who they are. This is how `step_up_required` is
   * satisfied: send the browser to `url`, hand in what it comes back with at `finish`, and ask again with the same key.
   */
  @Post('confirm')
  @HttpCode(200)
  @ApiBearerAuth()
  @Allow('sessions:read')
  @OnlyPeople()
  confirm(
    @Caller() caller: Principal,
    @Body() { redirectUri }: ConfirmSignInDto,
  ): Promise<{ url: string; attempt: string }> {
    return this.signIn.begin(caller.tenant, redirectUri, caller);
  }

  /** Says that the person did something: their key goes on. */
  @Post('renew')
  @HttpCode(200)
  @ApiBearerAuth()
  @Allow('sessions:read')
  @OnlyPeople()
  renew(@Caller() caller: Principal): Promise<Renewed> {
    return this.keep.renew(caller);
  }

  /** Ends the sign-in, with its key and its session. */
  @Post('sign-out')
  @HttpCode(200)
  @ApiBearerAuth()
  @Allow('sessions:read')
  @OnlyPeople()
  signOut(@Caller() caller: Principal, @Body() { redirectUri }: SignOutDto): Promise<{ url: string | null }> {
    return this.keep.signOut(caller, redirectUri);
  }
}
