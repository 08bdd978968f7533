import {
  BooleanField,
  ChoiceField,
  InstantField,
  IntegerField,
  NestedField,
  NestedListField,
  TextField,
  TextListField,
} from '@curfew/runtime';
import { PURPOSES, type Purpose } from '../protection/protect.js';
import { OUTCOMES, type Outcome } from './outcome.js';
import { STATUSES, type Status } from './sign-in-policy.js';
import { PROFILE_KINDS, type ProfileKind } from './sign-in-profile.js';
import {
  ACTIONS,
  AUDIT_LEVELS,
  DEVICE_STATES,
  type Action,
  type AuditLevel,
  type DeviceState,
} from './sign-in-rule.js';
import { DAYS, type Day } from './time-window.js';

const LONGEST_SECONDS = 366 * 24 * 3600;
/** What is beyond 1 to 1000 is refused by the use case: of its form, but not to be fulfilled. */
const ANY_INTEGER = { min: -2_147_483_648, max: 2_147_483_647 };
const PRIORITY = 'From 1 to 1000; higher comes first, of two with the same the older one';

export class AssignmentDto {
  @TextListField({ optional: true, most: 1_000, example: ['ada'] })
  subjects?: string[];

  @TextListField({ optional: true, most: 1_000, example: ['finance'] })
  groups?: string[];
}

export class NewSignInPolicyDto {
  @TextField({ example: 'Office' })
  name: string;

  @TextField({ optional: true, nullable: true, max: 2_000 })
  description?: string | null;

  @IntegerField({ ...ANY_INTEGER, description: PRIORITY, example: 200 })
  priority: number;

  @ChoiceField({ optional: true, choices: STATUSES, description: 'Only active ones are asked; default active' })
  status?: Status;

  @NestedField({ optional: true, type: () => AssignmentDto, description: 'Whom it is for; default nobody' })
  assignment?: AssignmentDto;
}

export class TimeWindowDto {
  @TextListField({ most: 7, choices: DAYS, description: 'Those it begins on', example: ['mon', 'tue'] })
  days: Day[];

  @TextField({ pattern: /^([01]\d|2[0-3]):[0-5]\d$/, example: '18:00' })
  from: string;

  @TextField({
    pattern: /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/,
    example: '08:00',
    description: 'Until before it; on the next day where it is not later than `from`',
  })
  to: string;

  @TextField({ max: 64, example: 'Europe/Berlin', description: 'Of the IANA database' })
  timeZone: string;
}

export class RiskBandDto {
  @IntegerField({ optional: true, min: 0, max: 100 })
  above?: number;

  @IntegerField({ optional: true, min: 0, max: 100 })
  below?: number;
}

export class ConditionsDto {
  @BooleanField({ optional: true, description: 'Default: true where neither groups nor subjects are named' })
  matchAllUsers?: boolean;

  @TextListField({ optional: true, most: 100 })
  groups?: string[];

  @TextListField({ optional: true, most: 100 })
  subjects?: string[];

  @TextListField({ optional: true, most: 100, example: ['203.0.113.0/24'], description: 'Addresses and CIDR blocks' })
  ip?: string[];

  @NestedField({ optional: true, type: () => TimeWindowDto })
  time?: TimeWindowDto;

  @TextListField({ optional: true, most: DEVICE_STATES.length, choices: DEVICE_STATES })
  device?: DeviceState[];

  @NestedField({ optional: true, type: () => RiskBandDto })
  risk?: RiskBandDto;
}

export class SessionParametersDto {
  @IntegerField({ optional: true, min: 1, max: LONGEST_SECONDS, description: 'Default 28800' })
  absoluteSeconds?: number;

  @IntegerField({
    optional: true,
    nullable: true,
    min: 1,
    max: LONGEST_SECONDS,
    description: 'Default 3600; null is off',
  })
  idleSeconds?: number | null;

  @IntegerField({ optional: true, nullable: true, min: 1, max: 1_000_000, description: 'Default 3; null is unlimited' })
  cap?: number | null;

  @BooleanField({ optional: true, description: 'Whether it survives the end of the browser; default false' })
  persistent?: boolean;

  @ChoiceField({ optional: true, choices: AUDIT_LEVELS, description: 'Default DETAILED' })
  auditLevel?: AuditLevel;
}

export class SignInRuleDto {
  @TextField({ example: 'Block External After Hours' })
  name: string;

  @IntegerField({ optional: true, ...ANY_INTEGER, description: `${PRIORITY}; default 100`, example: 100 })
  priority?: number;

  @NestedField({ optional: true, type: () => ConditionsDto, description: 'All that are there must hold' })
  conditions?: ConditionsDto;

  @ChoiceField({ choices: ACTIONS })
  action: Action;

  @TextField({ optional: true, nullable: true, description: 'A sign-in profile; with ALLOW it or mfa, or both' })
  profile?: string | null;

  @TextField({ optional: true, nullable: true, description: 'A profile of the kind mfa, asked after `profile`' })
  mfa?: string | null;

  @NestedField({ optional: true, type: () => SessionParametersDto, description: 'With ALLOW' })
  session?: SessionParametersDto;
}

export class PlacedRuleDto extends SignInRuleDto {
  @TextField({ description: 'Of the caller’s choice' })
  ruleId: string;
}

export class SignInPolicyPatchDto {
  @TextField({ optional: true, example: 'Office' })
  name?: string;

  @TextField({ optional: true, nullable: true, max: 2_000 })
  description?: string | null;

  @IntegerField({ optional: true, ...ANY_INTEGER, description: PRIORITY, example: 200 })
  priority?: number;

  @ChoiceField({ optional: true, choices: STATUSES, description: 'Only active ones are asked' })
  status?: Status;

  @NestedField({ optional: true, type: () => AssignmentDto, description: 'Whom it is for: replaced as a whole' })
  assignment?: AssignmentDto;

  @NestedListField({
    optional: true,
    most: 1_000,
    type: () => PlacedRuleDto,
    description: 'All of its rules, replaced as a whole: what is not among them is removed',
  })
  rules?: PlacedRuleDto[];
}

export class NewSignInProfileDto {
  @TextField({ pattern: /^[A-Za-z0-9][A-Za-z0-9 ._-]*$/, max: 64, example: 'corporate-directory' })
  name: string;

  @ChoiceField({ choices: PROFILE_KINDS })
  kind: ProfileKind;
}

export class SignInRevertDto {
  @TextField({ max: 64, description: "A sign-in policy's id, or `protection`", example: 'default' })
  policy: string;

  @IntegerField({
    min: 0,
    max: 2_147_483_647,
    description: 'The version that is to hold again; of `protection` 0 is the initial one',
  })
  version: number;

  @TextField({ optional: true, max: 1000 })
  reason?: string;
}

export class AttemptDto {
  @TextField({ example: 'ada' })
  subject: string;

  @TextListField({ optional: true, most: 5_000, example: ['finance'], description: 'Default: what the directory says' })
  groups?: string[];

  @TextField({ max: 64, description: 'Of the person, as the front end sees it', example: '203.0.113.7' })
  ip: string;

  @InstantField({ optional: true, description: 'Default: now' })
  at?: string;

  @ChoiceField({ optional: true, choices: DEVICE_STATES, description: 'Default: unknown' })
  device?: DeviceState;

  @IntegerField({
    optional: true,
    min: 0,
    max: 100,
    description: 'Where nobody has said, no condition on it holds',
  })
  risk?: number;

  @ChoiceField({ optional: true, choices: PURPOSES, description: 'Default: sign-in' })
  purpose?: Purpose;

  @ChoiceField({
    optional: true,
    choices: OUTCOMES,
    description: 'How what was asked for before came out: a failure counts, a success forgets those of the person',
  })
  outcome?: Outcome;
}
