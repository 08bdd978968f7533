import { Allow, Caller, etagOf, type Principal } from '@curfew/runtime';
import { Body, Controller, Delete, Get, Headers, HttpCode, Put, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { SignInSettingsDto } from './administrator.dto.js';
import { ConfigureSignIn, type VersionedSettings } from './configure-sign-in.js';
import type { SignInSettings } from './sign-in-settings.js';

const ETAG = { headers: { ETag: { schema: { type: 'string' as const } } } };

@ApiTags('administrators')
@ApiBearerAuth()
@Controller('/v1/administrator-sign-in')
export class SignInSettingsController {
  constructor(private readonly configure: ConfigureSignIn) {}

  /** Through which provider administrators sign in, and who of it gets which role; never its secret. Its version is the ETag. */
  @Get()
  @Allow('api-keys:read')
  @ApiOkResponse(ETAG)
  async get(@Caller() { tenant }: Principal, @Res({ passthrough: true }) reply: FastifyReply): Promise<SignInSettings> {
    return tagged(await this.configure.get(tenant), reply);
  }

  /** Replaces it. Whoever is signed in by what was there before has to sign in again. The first one is made to version 0. */
  @Put()
  @Allow('api-keys:write')
  @ApiOkResponse(ETAG)
  @ApiHeader({ name: 'If-Match', required: true, description: 'The ETag it was read with; `"0"` when there is none' })
  async put(
    @Caller() caller: Principal,
    @Body() body: SignInSettingsDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('if-match') ifMatch?: string,
  ): Promise<SignInSettings> {
    const settings: SignInSettings = {
      ...{ issuer: body.issuer, clientId: body.clientId },
      application: body.application ?? 'curfew-console',
      scope: body.scope ?? 'openid profile email',
      subjectClaim: body.subjectClaim ?? 'sub',
      rolesClaim: body.rolesClaim ?? 'groups',
      roles: body.roles.map(({ value, role }) => ({ value, role })),
      stepUpAcr: body.stepUpAcr ?? null,
      stepUpSeconds: body.stepUpSeconds ?? null,
    };
    return tagged(await this.configure.put(caller, settings, body.clientSecret, ifMatch), reply);
  }

  /** Takes it away: administrators come in by API keys alone. */
  @Delete()
  @HttpCode(204)
  @Allow('api-keys:write')
  async remove(@Caller() caller: Principal): Promise<void> {
    await this.configure.remove(caller);
  }
}

function tagged({ version, settings }: VersionedSettings, reply: FastifyReply): SignInSettings {
  void reply.header('etag', etagOf(version));
  return settings;
}
