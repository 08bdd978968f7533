import { ChoiceField, InstantField, TextField } from '@curfew/runtime';

export class AuditFilterDto {
  @TextField({ optional: true, example: 'curfew.session.revoked.v1' })
  type?: string;

  @TextField({ optional: true, example: 'source:workday' })
  actor?: string;

  @TextField({ optional: true, description: 'The subject, device, application … it is about' })
  subject?: string;

  @TextField({ optional: true, description: 'All that came of one signal or request' })
  correlationId?: string;

  @InstantField({ optional: true })
  from?: string;

  @InstantField({ optional: true, description: 'Left out itself' })
  to?: string;
}

export class AuditQueryDto extends AuditFilterDto {
  @TextField({ optional: true })
  cursor?: string;
}

export class AuditExportDto extends AuditFilterDto {
  @ChoiceField({ optional: true, choices: ['ndjson', 'csv', 'text'], description: 'Default ndjson' })
  format?: 'ndjson' | 'csv' | 'text';
}
