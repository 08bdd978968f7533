import { BooleanField, ChoiceField, IntegerField, TextField } from '@curfew/runtime';
import { SIGNINGS, type Signing } from './source.js';

const GivenSecret = (description: string): PropertyDecorator =>
  TextField({ optional: true, min: 16, max: 256, description });

const MOST_OVERLAP_SECONDS = 7 * 24 * 3_600;

export class NewSourceDto {
  @TextField({
    max: 64,
    pattern: /^[a-z0-9][a-z0-9._-]*$/,
    example: 'people-system',
    description: 'Its signals are those of the source `hook:<name>`',
  })
  name: string;

  @ChoiceField({ choices: ['webhook'] })
  kind: 'webhook';

  @TextField({ example: 'generic', description: 'The mapping its payloads are read by' })
  mapping: string;

  @ChoiceField({
    choices: SIGNINGS,
    optional: true,
    description: 'Default `standard`, by Standard Webhooks; `vendor`: as the mapping says its system signs by itself',
  })
  signing?: Signing;

  @GivenSecret('With `vendor`, where the system makes its secret up itself; else one is made here')
  secret?: string;

  @BooleanField({ optional: true, description: 'Default true; what a disabled one sends is refused' })
  enabled?: boolean;
}

export class SourceChangeDto {
  @TextField({ optional: true })
  mapping?: string;

  @BooleanField({ optional: true })
  enabled?: boolean;
}

export class SecretRotationDto {
  @IntegerField({
    optional: true,
    min: 0,
    max: MOST_OVERLAP_SECONDS,
    description: 'How long the secret before is taken as well; default a day, 0 for one that has leaked',
  })
  overlapSeconds?: number;

  @GivenSecret('Of a source with `signing: vendor` whose system has made up a new one')
  secret?: string;
}
