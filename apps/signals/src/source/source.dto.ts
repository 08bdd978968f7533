import { BooleanField, ChoiceField, NestedField, TextField } from '@curfew/runtime';
import { OverlapDto } from '../secret/secret.dto.js';
import { CredentialsDto } from '../transmitter/transmitter.dto.js';
import { SIGNINGS, SOURCE_KINDS, type Signing, type SourceKind } from './source.js';

const GivenSecret = (description: string): PropertyDecorator =>
  TextField({ optional: true, min: 16, max: 256, description });

export class SourceApiDto {
  @TextField({ max: 2000, example: 'https://acme.bamboohr.com/api/v1' })
  url: string;

  @NestedField({
    optional: true,
    type: () => CredentialsDto,
    description: 'How we say who we are there; they are never shown',
  })
  credentials?: CredentialsDto;
}

const API = {
  optional: true,
  type: () => SourceApiDto,
  description: 'Where the API of its system is, for a mapping that asks it',
};

export class NewSourceDto {
  @TextField({
    max: 64,
    pattern: /^[a-z0-9][a-z0-9._-]*$/,
    example: 'people-system',
    description: 'Its signals are those of the source `hook:<name>`, or `poll:<name>`',
  })
  name: string;

  @ChoiceField({ choices: SOURCE_KINDS, description: 'It sends webhooks, or its API is asked again and again' })
  kind: SourceKind;

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

  @NestedField(API)
  api?: SourceApiDto;

  @BooleanField({ optional: true, description: 'Default true; what a disabled one sends is refused' })
  enabled?: boolean;
}

export class SourceChangeDto {
  @TextField({ optional: true })
  mapping?: string;

  @NestedField({ ...API, description: 'Another address of its API, with its credentials' })
  api?: SourceApiDto;

  @BooleanField({ optional: true })
  enabled?: boolean;
}

export class SecretRotationDto extends OverlapDto {
  @GivenSecret('Of a source with `signing: vendor` whose system has made up a new one')
  secret?: string;
}
