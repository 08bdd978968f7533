import { TextField } from '@curfew/runtime';

export class NewTenantDto {
  @TextField({
    max: 63,
    pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    example: 'acme',
    description: 'Part of its issuer: <base>/t/<id>',
  })
  id: string;

  @TextField({ example: 'Acme Ltd' })
  name: string;
}
