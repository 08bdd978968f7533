import { ChoiceField, IntegerField, RecordField } from '@curfew/runtime';

const LONGEST_SECONDS = 366 * 24 * 3600;

export class ApplicationCapDto {
  @IntegerField({ nullable: true, min: 1, max: 1_000_000 })
  cap: number | null;

  @ChoiceField({ choices: ['block', 'evict'] })
  overCap: 'block' | 'evict';
}

export class DefaultPolicyDto {
  @IntegerField({
    min: 1,
    max: LONGEST_SECONDS,
    description: 'Ends a session whatever its activity; never absent (LT-04)',
    example: 28_800,
  })
  absoluteSeconds: number;

  @IntegerField({
    nullable: true,
    min: 1,
    max: LONGEST_SECONDS,
    description: 'Ends a session after that long without activity; null is off',
    example: 3_600,
  })
  idleSeconds: number | null;

  @IntegerField({
    nullable: true,
    min: 1,
    max: 1_000_000,
    description: 'Sign-ins of one person at a time; null is unlimited',
    example: 3,
  })
  cap: number | null;

  @ChoiceField({ choices: ['block', 'evict'], description: 'Over the cap: refuse the new sign-in, or end the oldest' })
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
