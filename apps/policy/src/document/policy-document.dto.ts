import { OVERRIDE_LAYERS, type OverrideLayer } from '@curfew/contracts';
import { ChoiceField, NestedField, NestedListField, TextField } from '@curfew/runtime';
import { SignInProtectionDto } from '../protection/protection.dto.js';
import { DefaultPolicyDto, OverrideDto } from '../session-policy/session-policy.dto.js';
import { NewSignInPolicyDto, NewSignInProfileDto, SignInRuleDto } from '../sign-in/sign-in-policy.dto.js';
import { API_VERSION } from './policy-document.js';

/** Each is an event of its own, and a live session is judged by all of them: more by `PUT /v1/policies/overrides`. */
const MOST_OVERRIDES = 2_000;

export class DocumentOverrideDto extends OverrideDto {
  @ChoiceField({ choices: OVERRIDE_LAYERS, description: 'Whom it is for' })
  layer: OverrideLayer;

  @TextField({ example: 'sre' })
  id: string;
}

export class DocumentSessionDto {
  @NestedField({ optional: true, type: () => DefaultPolicyDto, description: 'Left out: it stays as it is' })
  default?: DefaultPolicyDto;

  @NestedListField({
    optional: true,
    type: () => DocumentOverrideDto,
    most: MOST_OVERRIDES,
    description: 'All there are to be: one that is not among them is taken away. Left out: all stay as they are',
  })
  overrides?: DocumentOverrideDto[];
}

export class DocumentRuleDto extends SignInRuleDto {
  @TextField({ description: 'Of your choice', example: 'office-hours' })
  id: string;
}

export class DocumentSignInPolicyDto extends NewSignInPolicyDto {
  @TextField({
    optional: true,
    pattern: /^(default|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$/,
    max: 36,
    description: 'A UUIDv7, or `default`. Left out: the policy of that name, or a new one',
  })
  id?: string;

  @NestedListField({
    type: () => DocumentRuleDto,
    most: 10_000,
    description: 'All its rules; of several with the same priority the one that was made first comes first',
  })
  rules: DocumentRuleDto[];
}

export class DocumentSignInDto {
  @NestedListField({
    optional: true,
    type: () => NewSignInProfileDto,
    most: 1_000,
    description: 'All profiles there are to be. Left out: all stay as they are',
  })
  profiles?: NewSignInProfileDto[];

  @NestedListField({
    optional: true,
    type: () => DocumentSignInPolicyDto,
    most: 1_000,
    description: 'All sign-in policies there are to be, the default one among them. Left out: all stay as they are',
  })
  policies?: DocumentSignInPolicyDto[];

  @NestedField({ optional: true, type: () => SignInProtectionDto, description: 'Left out: it stays as it is' })
  protection?: SignInProtectionDto;
}

export class PolicyDocumentDto {
  @TextField({ optional: true, max: 2_000, description: 'For editors' })
  $schema?: string;

  @ChoiceField({ choices: [API_VERSION] })
  apiVersion: typeof API_VERSION;

  @NestedField({ optional: true, type: () => DocumentSessionDto, description: 'What sessions may do' })
  session?: DocumentSessionDto;

  @NestedField({ optional: true, type: () => DocumentSignInDto, description: 'Who may sign in, and how' })
  signIn?: DocumentSignInDto;
}
