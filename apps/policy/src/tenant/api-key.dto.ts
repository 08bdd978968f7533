import { ROLES, type Role } from '@curfew/contracts';
import { InstantField, PERMISSIONS, TextField, TextListField } from '@curfew/runtime';

export class NewApiKeyDto {
  @TextField({ example: 'Workday connector' })
  name: string;

  @TextListField({ most: ROLES.length, choices: ROLES, example: ['source'] })
  roles: Role[];

  @TextListField({
    optional: true,
    nullable: true,
    most: PERMISSIONS.length,
    choices: PERMISSIONS,
    description: 'Narrows what the roles allow',
  })
  scopes?: string[] | null;

  @TextField({ optional: true, description: 'The application it speaks for; with the role `application`' })
  clientId?: string;

  @TextField({
    optional: true,
    pattern: /^[a-z0-9][a-z0-9._-]*$/,
    description: 'The source it speaks for; with the role `source`',
  })
  source?: string;

  @InstantField({ optional: true })
  expiresAt?: string;
}
