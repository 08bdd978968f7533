import { TextField } from '@curfew/runtime';

const Whole = (description: string) => TextField({ optional: true, pattern: /^-?\d{1,9}$/, max: 10, description });
const Text = (description: string) => TextField({ optional: true, max: 2_000, description });

/** Of an answer that holds one resource. */
export class ScimProjectionDto {
  @Text('Only these, apart by commas')
  attributes?: string;

  @Text('All but these')
  excludedAttributes?: string;

  @TextField({ optional: true, min: 0, description: 'A mark that Entra ID puts there; nothing hangs on it' })
  aadOptscim062020?: string;
}

export class ScimQueryDto extends ScimProjectionDto {
  @Text('RFC 7644 §3.4.2.2')
  filter?: string;

  @Whole('From 1')
  startIndex?: string;

  @Whole('At most so many')
  count?: string;

  @Text('Not supported, and passed over')
  sortBy?: string;

  @Text('Not supported, and passed over')
  sortOrder?: string;
}
