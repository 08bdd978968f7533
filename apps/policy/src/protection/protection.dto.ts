import {
  BooleanField,
  InstantField,
  IntegerField,
  NestedField,
  NestedListField,
  TextField,
  TextListField,
} from '@curfew/runtime';

const LONGEST_SECONDS = 31 * 24 * 3600;
/** As many failures of each person and address are kept. */
const MOST_FAILURES = 1_000;

export class LockWindowDto {
  @IntegerField({ min: 1, max: MOST_FAILURES, example: 5 })
  failures: number;

  @IntegerField({ min: 1, max: LONGEST_SECONDS, example: 600 })
  withinSeconds: number;

  @IntegerField({ min: 1, max: LONGEST_SECONDS, example: 900, description: 'Counted from the last of the failures' })
  lockSeconds: number;
}

export class LockoutDto {
  @NestedListField({ optional: true, type: () => LockWindowDto, most: 4, description: 'Of a person; none is off' })
  user?: LockWindowDto[];

  @NestedListField({
    optional: true,
    type: () => LockWindowDto,
    most: 4,
    description: 'Of an IPv4 address or an IPv6 /64; none is off',
  })
  ip?: LockWindowDto[];
}

export class RiskThresholdsDto {
  @IntegerField({ optional: true, nullable: true, min: 0, max: 100, description: 'From there on MFA; null is off' })
  mfaAt?: number | null;

  @IntegerField({ optional: true, nullable: true, min: 0, max: 100, description: 'From there on nobody; null is off' })
  blockAt?: number | null;
}

export class LiftedRangeDto {
  @TextField({ max: 64, example: '203.0.113.0/24' })
  range: string;

  @InstantField()
  until: string;
}

export class CaptchaDto {
  @IntegerField({
    ...{ optional: true, nullable: true, min: 1, max: MOST_FAILURES },
    description: 'Failures from one address; null is off',
  })
  afterFailures?: number | null;

  @IntegerField({ optional: true, min: 1, max: LONGEST_SECONDS })
  withinSeconds?: number;

  @BooleanField({ optional: true, description: 'Where a password is all that is asked for' })
  alwaysForPasswordOnly?: boolean;

  @TextListField({ optional: true, most: 100, description: 'Addresses and CIDR blocks that sign up with a captcha' })
  suspiciousIps?: string[];

  @NestedListField({
    optional: true,
    type: () => LiftedRangeDto,
    most: 100,
    description: 'No captcha there until then',
  })
  liftedFor?: LiftedRangeDto[];
}

/** What is left out is as it is at first. */
export class SignInProtectionDto {
  @NestedField({ optional: true, type: () => LockoutDto })
  lockout?: LockoutDto;

  @NestedField({ optional: true, type: () => RiskThresholdsDto })
  risk?: RiskThresholdsDto;

  @NestedField({ optional: true, type: () => CaptchaDto })
  captcha?: CaptchaDto;
}
