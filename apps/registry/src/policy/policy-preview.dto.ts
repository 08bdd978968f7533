import { APPLY } from '@curfew/policy-rules';
import { ChoiceField, RecordField, TextField } from '@curfew/runtime';

export class PolicyPreviewDto {
  @TextField({ max: 300, description: '`default`, or `<layer>:<id>`', example: 'group:sre' })
  policy: string;

  @RecordField({
    nullable: true,
    description: 'As it would be saved: the whole default policy, or the override; null takes the override away',
  })
  document: Record<string, unknown> | null;

  @ChoiceField({ optional: true, choices: APPLY })
  apply?: (typeof APPLY)[number];
}
