import { InstantField, TextField, TextListField } from '@curfew/runtime';

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
