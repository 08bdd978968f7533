import { RecordField, TextField } from '@curfew/runtime';

export class MappingTestDto {
  @TextField({ example: 'generic', description: 'The mapping to try' })
  mapping: string;

  @RecordField({ description: 'What the HR system would send' })
  payload: Record<string, unknown>;
}
