import { LONGEST_SECONDS, MOST_SESSIONS, POLICY_FIELDS } from '@curfew/contracts';
import {
  BooleanField,
  ChoiceField,
  InstantField,
  IntegerField,
  NestedField,
  RecordField,
  TextField,
  TextListField,
} from '@curfew/runtime';

interface Presence {
  readonly optional?: boolean;
}
const OVER_CAP = ['block', 'evict'] as const;

const Seconds = (description: string, more: Presence & { nullable?: boolean; example?: number } = {}) =>
  IntegerField({ min: 1, max: LONGEST_SECONDS, description, ...more });
const CapField = (description: string, more: Presence & { example?: number } = {}) =>
  IntegerField({ nullable: true, min: 1, max: MOST_SESSIONS, description, ...more });

const AbsoluteSeconds = (more: Presence = {}) =>
  Seconds('Ends a session whatever its activity; never absent (LT-04)', { example: 28_800, ...more });
const IdleSeconds = (more: Presence = {}) =>
  Seconds('Ends a session after that long without activity; null is off', { nullable: true, example: 3_600, ...more });
const Cap = (more: Presence = {}) =>
  CapField('Sign-ins of one person at a time; null is unlimited', { example: 3, ...more });
const OverCap = (more: Presence = {}) =>
  ChoiceField({
    choices: OVER_CAP,
    description: 'Over the cap: refuse the new sign-in, or end the oldest',
    ...more,
  });

/** What may be left out of every policy; of the default the initial value holds then. */
export class LaterFieldsDto {
  @Seconds('How long an authentication is good for: an older one has to be repeated; null is for ever', {
    optional: true,
    nullable: true,
    example: 28_800,
  })
  reauthSeconds?: number | null;

  @CapField('Sessions of one person at one application; null is unlimited', { optional: true })
  applicationCap?: number | null;

  @ChoiceField({ optional: true, choices: OVER_CAP })
  applicationOverCap?: 'block' | 'evict';

  @Seconds('Lifetime of refresh tokens', { optional: true, nullable: true, example: 1_209_600 })
  refreshSeconds?: number | null;

  @Seconds('Lifetime of access tokens', { optional: true, example: 300 })
  accessTokenSeconds?: number;

  @BooleanField({ optional: true, description: 'Whether a session outlives the browser (LT-12)' })
  persistent?: boolean;

  @ChoiceField({ optional: true, choices: ['off', 'optional', 'required'] })
  mfa?: 'off' | 'optional' | 'required';

  @IntegerField({ optional: true, min: 0, max: 366, description: 'How long enrolment may be put off, where required' })
  mfaGraceDays?: number;

  @TextListField({ optional: true, most: 50, description: 'Factors that count; of several policies those in all' })
  factors?: string[];

  @ChoiceField({ optional: true, choices: ['standard', 'detailed'] })
  auditLevel?: 'standard' | 'detailed';

  @TextListField({ optional: true, most: 200, description: 'Signals that are to reach the application; they add up' })
  triggers?: string[];
}

export class ApplicationCapDto {
  @IntegerField({ nullable: true, min: 1, max: MOST_SESSIONS })
  cap: number | null;

  @ChoiceField({ choices: OVER_CAP })
  overCap: 'block' | 'evict';
}

export class DefaultPolicyDto extends LaterFieldsDto {
  @AbsoluteSeconds()
  absoluteSeconds: number;

  @IdleSeconds()
  idleSeconds: number | null;

  @Cap()
  cap: number | null;

  @OverCap()
  overCap: 'block' | 'evict';

  @RecordField({
    optional: true,
    description: 'Sessions of one person at one application, by client id: {cap, overCap}',
    values: {
      type: 'object',
      properties: { cap: { type: 'integer', nullable: true }, overCap: { type: 'string', enum: ['block', 'evict'] } },
    } as never,
  })
  applications?: Record<string, ApplicationCapDto>;
}

export class OverrideValuesDto extends LaterFieldsDto {
  @AbsoluteSeconds({ optional: true })
  absoluteSeconds?: number;

  @IdleSeconds({ optional: true })
  idleSeconds?: number | null;

  @Cap({ optional: true })
  cap?: number | null;

  @OverCap({ optional: true })
  overCap?: 'block' | 'evict';
}

export class OverrideDto {
  @NestedField({ type: () => OverrideValuesDto, description: 'The fields it changes; every other is inherited' })
  values: OverrideValuesDto;

  @TextListField({
    optional: true,
    most: POLICY_FIELDS.length,
    choices: POLICY_FIELDS,
    description: 'Of these the value holds as it is, also where another policy is stricter; needs reason and expiresAt',
  })
  exact?: (keyof OverrideValuesDto)[];

  @TextField({ optional: true, max: 1000, description: 'Why it is there (AU-08)' })
  reason?: string;

  @InstantField({ optional: true, description: 'From then on it is as if it were not there' })
  expiresAt?: string;

  @BooleanField({ optional: true, description: 'It is for people who may do more than most (CC-07)' })
  privileged?: boolean;
}

export class RevertDto {
  @TextField({ max: 300, description: '`default`, or `<layer>:<id>`', example: 'group:sre' })
  policy: string;

  @IntegerField({
    min: 0,
    max: 2_147_483_647,
    description: 'The version whose values are to hold again; 0: the initial',
  })
  version: number;

  @TextField({ optional: true, max: 1000 })
  reason?: string;
}
