import { ChoiceField, IntegerField, NestedListField, TextField } from '@curfew/runtime';
import { CONSOLE_ROLES, type ConsoleRole } from './sign-in-settings.js';

const MOST_MAPPINGS = 100;

export class RoleMappingDto {
  @TextField({ example: 'curfew-responders' })
  value: string;

  @ChoiceField({ choices: CONSOLE_ROLES })
  role: ConsoleRole;
}

export class SignInSettingsDto {
  @TextField({
    max: 512,
    description: 'The OpenID Provider; its discovery document is read',
    example: 'https://id.acme.test',
  })
  issuer: string;

  @TextField({ description: 'The console as the provider knows it' })
  clientId: string;

  @TextField({ optional: true, max: 512, description: 'Never shown again. Left out: it stays, for the same client' })
  clientSecret?: string;

  @TextField({ optional: true, description: 'The application the console is registered as; default `curfew-console`' })
  application?: string;

  @TextField({ optional: true, pattern: /^openid( [\x21-\x7e]+)*$/, description: 'Default `openid profile email`' })
  scope?: string;

  @TextField({ optional: true, description: 'The claim that holds the id of the person here; default `sub`' })
  subjectClaim?: string;

  @TextField({
    optional: true,
    description: 'The claim that decides about roles; default `groups`',
    example: 'realm_access.roles',
  })
  rolesClaim?: string;

  @NestedListField({ type: () => RoleMappingDto, most: MOST_MAPPINGS })
  roles: RoleMappingDto[];

  @TextField({
    optional: true,
    nullable: true,
    description: 'Asked for when somebody is to prove once more who they are',
  })
  stepUpAcr?: string | null;

  @IntegerField({
    optional: true,
    nullable: true,
    min: 30,
    max: 86_400,
    description:
      'On: what ends access or decides who may (`step_up_required`) takes a sign-in no older than this, with `stepUpAcr` as its `acr` where that is set. Default null, off. 300 is a good value',
  })
  stepUpSeconds?: number | null;
}

export class BeginSignInDto {
  @TextField({ max: 63, example: 'acme' })
  tenant: string;

  @TextField({ max: 512, description: 'Where the provider sends the browser back to' })
  redirectUri: string;
}

export class ConfirmSignInDto {
  @TextField({ max: 512, description: 'Where the provider sends the browser back to' })
  redirectUri: string;
}

export class FinishSignInDto {
  @TextField({ max: 4096, description: 'As it was handed out at the beginning' })
  attempt: string;

  @TextField({ max: 8192, description: 'The address the browser came back to, whole' })
  callback: string;

  @TextField({ optional: true, max: 64 })
  ip?: string;

  @TextField({ optional: true, max: 512 })
  userAgent?: string;
}

export class SignOutDto {
  @TextField({ max: 512, description: 'Where the provider sends the browser back to' })
  redirectUri: string;
}

export class LogoutTokenDto {
  @TextField({ max: 63 })
  tenant: string;

  @TextField({ max: 16_384 })
  logoutToken: string;
}
