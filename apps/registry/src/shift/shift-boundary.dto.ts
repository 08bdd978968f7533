import { InstantField, TextField } from '@curfew/runtime';

export class BoundaryQueryDto {
  @InstantField({ optional: true, description: 'Of the boundaries; default 24 hours before `to`' })
  from?: string;

  @InstantField({ optional: true, description: 'Default now' })
  to?: string;

  @TextField({ optional: true, max: 128, description: "One shift's" })
  shift?: string;

  @TextField({ optional: true })
  cursor?: string;
}
