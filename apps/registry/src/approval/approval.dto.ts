import { BooleanField, IntegerField, TextField } from '@curfew/runtime';

export class ApprovalDecisionDto {
  @TextField({ optional: true, max: 1000 })
  reason?: string;
}

export class ApprovalRuleDto {
  @IntegerField({
    ...{ nullable: true, min: 0, max: 1_000_000 },
    description: 'A kill of more sessions takes a second person; null: their number is no reason',
    example: 50,
  })
  aboveSessions: number | null;

  @BooleanField({ description: 'Each kill of the whole tenant does' })
  tenantWide: boolean;

  @IntegerField({ optional: true, min: 60, max: 86_400, description: 'How long it waits for that; default 900' })
  withinSeconds?: number;

  @IntegerField({
    ...{ optional: true, nullable: true, min: 60, max: 86_400 },
    description:
      'What somebody has ended alone within so many seconds counts with their next kill; null, the default: each by itself',
    example: 3_600,
  })
  countedSeconds?: number | null;
}
