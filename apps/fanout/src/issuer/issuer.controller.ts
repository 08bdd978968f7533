import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '@curfew/keys';
import { Problem } from '@curfew/contracts';
import {
  Allow,
  BooleanField,
  Caller,
  ChoiceField,
  Idempotency,
  IntegerField,
  Public,
  type IdempotentRequest,
  type Principal,
} from '@curfew/runtime';
import { Body, Controller, Get, Header, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { JWK } from 'jose';
import { Issuers } from './issuers.js';
import { SigningKeys } from './signing-keys.js';
import { TenantDirectory } from './tenant-directory.js';

export class RotationDto {
  @ChoiceField({ optional: true, choices: SIGNING_ALGORITHMS, description: 'Default RS256' })
  alg?: SigningAlgorithm;

  @IntegerField({
    optional: true,
    min: 0,
    max: 604_800,
    description:
      'How long the new key is published before it signs; default 3600, or 0 when the old one is compromised',
  })
  activateAfterSeconds?: number;

  @BooleanField({
    optional: true,
    description: 'The old keys of this algorithm are published no longer, at once; the new one signs now',
  })
  compromised?: boolean;
}

/** OIDC Discovery §3 and Back-Channel Logout §2.1. */
interface IssuerMetadata {
  readonly issuer: string;
  readonly jwks_uri: string;
  readonly backchannel_logout_supported: true;
  readonly backchannel_logout_session_supported: true;
  readonly id_token_signing_alg_values_supported: readonly SigningAlgorithm[];
}

/** Discovery and keys, for the applications that verify logout tokens. */
@ApiTags('issuer')
@Controller()
export class IssuerController {
  constructor(
    private readonly issuers: Issuers,
    private readonly signingKeys: SigningKeys,
    private readonly tenants: TenantDirectory,
  ) {}

  /** What the issuer says of itself (OIDC Discovery), as far as logout tokens need it. */
  @Get(['/.well-known/openid-configuration', '/t/:tenant/.well-known/openid-configuration'])
  @Public()
  @Header('cache-control', 'public, max-age=300')
  async discovery(@Param('tenant') tenant?: string): Promise<IssuerMetadata> {
    const issuer = this.issuers.of(await this.existing(tenant));
    return {
      issuer,
      jwks_uri: `${issuer}/jwks.json`,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      id_token_signing_alg_values_supported: [...SIGNING_ALGORITHMS],
    };
  }

  /** Public keys: the one that signs, the next, and those that signed until lately. */
  @Get(['/jwks.json', '/t/:tenant/jwks.json'])
  @Public()
  @Header('cache-control', 'public, max-age=300')
  async keys(@Param('tenant') tenant?: string): Promise<{ keys: JWK[] }> {
    return { keys: await this.signingKeys.published(await this.existing(tenant)) };
  }

  /** Brings in a new signing key; the old one stays published for a day, unless it is compromised. */
  @Post('/v1/signing-keys/rotate')
  @ApiBearerAuth()
  @Allow('signing-keys:rotate')
  rotate(
    @Caller() caller: Principal,
    @Body() { alg = 'RS256', compromised = false, activateAfterSeconds = compromised ? 0 : 3_600 }: RotationDto,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<{ kid: string; previousKid: string | null }> {
    return this.signingKeys.rotate(caller, alg, { activateAfterSeconds, compromised }, request);
  }

  /** Keys are made when they are first asked for: not for whoever makes up a tenant. */
  private async existing(tenant: string | undefined): Promise<string> {
    if (tenant === undefined) return 'default';
    if (tenant === 'default' || !(await this.tenants.exists(tenant))) throw new Problem('not_found');
    return tenant;
  }
}
