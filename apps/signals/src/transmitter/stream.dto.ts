import { ChoiceField, RecordField, TextField, TextListField } from '@curfew/runtime';
import { STREAM_STATUSES, type StreamStatus } from './transmitter.js';

export class StreamDto {
  @ChoiceField({ choices: ['push', 'poll'] })
  delivery: 'push' | 'poll';

  @TextField({
    optional: true,
    max: 1000,
    example: 'https://curfew.acme.example',
    description: 'push only: where the transmitter reaches this API',
  })
  pushTo?: string;

  @TextListField({
    most: 50,
    example: ['https://schemas.openid.net/secevent/caep/event-type/session-revoked'],
    description: 'What it is to tell of',
  })
  events: string[];

  @TextField({ optional: true })
  description?: string;
}

export class StreamStatusDto {
  @ChoiceField({ choices: STREAM_STATUSES })
  status: StreamStatus;

  @TextField({ optional: true, max: 1000 })
  reason?: string;
}

export class StreamSubjectDto {
  @RecordField({ example: { format: 'email', email: 'ada@acme.example' }, description: 'As RFC 9493 writes it' })
  subject: Record<string, unknown>;
}
