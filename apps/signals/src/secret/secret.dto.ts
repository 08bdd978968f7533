import { IntegerField } from '@curfew/runtime';

export const USUAL_OVERLAP_SECONDS = 24 * 3_600;
const MOST_OVERLAP_SECONDS = 7 * 24 * 3_600;

export class OverlapDto {
  @IntegerField({
    optional: true,
    min: 0,
    max: MOST_OVERLAP_SECONDS,
    description: 'How long the secret before is taken as well; default a day, 0 for one that has leaked',
  })
  overlapSeconds?: number;
}
