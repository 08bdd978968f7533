import { ChoiceField, InstantField, TextField, TextListField } from '@curfew/runtime';

export class RedeliverDto {
  @TextListField({ optional: true, most: 1000, description: 'These deliveries …' })
  ids?: string[];

  @TextField({ optional: true, description: '… or all an application was told of, planned from …' })
  clientId?: string;

  @InstantField({ optional: true })
  from?: string;

  @InstantField({ optional: true, description: '… to, the latter left out' })
  to?: string;

  @TextField({ optional: true, description: 'Of a range that was not sent again in one call: where to go on' })
  cursor?: string;
}

export const OBJECTIVES = ['90', '95', '99', '99.5', '99.9', '99.99'] as const;

export class TimelinessDto {
  @InstantField({ optional: true, description: 'Planned from … Default: 30 days before `to`' })
  from?: string;

  @InstantField({ optional: true, description: '… to, the latter left out. Default: now' })
  to?: string;

  @ChoiceField({
    optional: true,
    choices: OBJECTIVES,
    description: 'In percent: how many are to be told by their deadline. Default 99.9',
  })
  objective?: (typeof OBJECTIVES)[number];
}
