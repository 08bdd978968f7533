import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches } from 'class-validator';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '@curfew/keys';
import { ChoiceField, IntegerField, NestedField, RecordField, TextField } from '@curfew/runtime';
import type { JSONWebKeySet } from 'jose';

const MOST_PEM = 20_000;
/** PEM has line breaks, which other text fields may not. */
function PemField(description: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, required: false, description }),
    IsOptional(),
    IsString(),
    Length(1, MOST_PEM),
    Matches(/^-----BEGIN [A-Z ]+-----[\s\S]+-----END [A-Z ]+-----\s*$/, { message: '$property must be PEM' }),
  );
}

export class TlsDto {
  @PemField('The authority that signed its certificate, where the public ones did not')
  ca?: string;

  @PemField('The certificate Curfew shows')
  cert?: string;

  @PemField('Its private key; kept sealed, never shown')
  key?: string;
}

export class ApplicationFieldsDto {
  @TextField({
    optional: true,
    nullable: true,
    max: 2048,
    description: 'Where logout tokens go; without one its deliveries are rejected',
  })
  backchannelLogoutUri?: string | null;

  @ChoiceField({
    optional: true,
    choices: SIGNING_ALGORITHMS,
    description: 'What its logout tokens are signed with; default RS256',
  })
  logoutTokenAlg?: SigningAlgorithm;

  @ChoiceField({
    optional: true,
    choices: ['session', 'subject'],
    description: 'A token with `sid` for each session (default), or one with `sub` for all of a person’s sessions',
  })
  logoutTokenFor?: 'session' | 'subject';

  @IntegerField({ optional: true, min: 0, max: 300, description: 'What its clock may be wrong by; default 1' })
  clockSkewSeconds?: number;

  @IntegerField({
    optional: true,
    min: 1,
    max: 604_800,
    description: 'When it is to have answered what no revocation sets a deadline for; default 60',
  })
  deadlineSeconds?: number;

  @RecordField({
    optional: true,
    nullable: true,
    description: 'The public keys its signed receipts are verified with (RFC 7517)',
  })
  jwks?: JSONWebKeySet | null;

  @TextField({ optional: true, nullable: true, max: 2048, description: 'Where it publishes them instead' })
  jwksUri?: string | null;

  @NestedField({ optional: true, nullable: true, type: () => TlsDto })
  tls?: TlsDto | null;
}

export class NewApplicationDto extends ApplicationFieldsDto {
  @TextField({ max: 200, pattern: /^[A-Za-z0-9][A-Za-z0-9._~:@-]*$/, example: 'payroll' })
  clientId: string;

  @TextField({ example: 'Payroll' })
  name: string;
}

export class ApplicationPatchDto extends ApplicationFieldsDto {
  @TextField({ optional: true })
  name?: string;
}
