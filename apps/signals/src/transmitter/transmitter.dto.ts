import { BooleanField, NestedField, TextField, TextListField } from '@curfew/runtime';
import { ALGORITHMS, TOLERATIONS, type Toleration } from './transmitter.js';

const AUDIENCE = { most: 10, example: ['https://curfew.acme.example'] };
const ALGORITHM_LIST = { most: ALGORITHMS.length, choices: ALGORITHMS, optional: true };
const TOLERATION_LIST = { most: TOLERATIONS.length, choices: TOLERATIONS, optional: true };
const JWKS_URI = { optional: true, max: 2000 };

export class CredentialsDto {
  @TextField({ optional: true, max: 4000, description: 'A bearer token that it gave us' })
  token?: string;

  @TextField({ optional: true, description: 'Or: a user of HTTP Basic' })
  user?: string;

  @TextField({ optional: true, max: 1000 })
  password?: string;

  @TextField({ optional: true, description: 'Or: our client at its OAuth server' })
  clientId?: string;

  @TextField({ optional: true, max: 1000 })
  clientSecret?: string;

  @TextField({ optional: true, max: 2000 })
  tokenEndpoint?: string;

  @TextField({ optional: true, example: 'ssf.manage ssf.read' })
  scope?: string;
}

const CREDENTIALS = { optional: true, type: () => CredentialsDto };
const POLL_URL = { optional: true, max: 2000 };

export class NewTransmitterDto {
  @TextField({
    max: 64,
    pattern: /^[a-z0-9][a-z0-9._-]*$/,
    example: 'keycloak',
    description: 'Its signals are those of the source `ssf:<name>`',
  })
  name: string;

  @TextField({ max: 2000, example: 'https://idp.acme.example/realms/staff', description: '`iss` of what it says' })
  issuer: string;

  @TextListField({
    ...AUDIENCE,
    optional: true,
    description: '`aud` of what it says is one of these; of a stream we set up, that of the stream',
  })
  audience?: string[];

  @TextField({ ...JWKS_URI, description: 'Where its keys are; by default as its metadata say' })
  jwksUri?: string;

  @TextListField({ ...ALGORITHM_LIST, description: 'What it may sign by; default `["RS256"]`' })
  algorithms?: string[];

  @TextListField({ ...TOLERATION_LIST, description: 'What of older specifications is taken from it; default nothing' })
  tolerates?: Toleration[];

  @NestedField({ ...CREDENTIALS, description: 'How we say who we are where we ask it; they are never shown' })
  credentials?: CredentialsDto;

  @TextField({ ...POLL_URL, description: 'Where it is asked for what it has to say; by default it pushes' })
  pollUrl?: string;

  @BooleanField({ optional: true, description: 'Default true; what a disabled one sends is refused' })
  enabled?: boolean;
}

export class TransmitterChangeDto {
  @TextListField({ ...AUDIENCE, optional: true })
  audience?: string[];

  @TextField(JWKS_URI)
  jwksUri?: string;

  @TextListField(ALGORITHM_LIST)
  algorithms?: string[];

  @TextListField(TOLERATION_LIST)
  tolerates?: Toleration[];

  @NestedField(CREDENTIALS)
  credentials?: CredentialsDto;

  @TextField(POLL_URL)
  pollUrl?: string;

  @BooleanField({ optional: true })
  enabled?: boolean;
}
