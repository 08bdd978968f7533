import { NestedListField, RecordField, TextField, TextListField } from '@curfew/runtime';

export class AccountDto {
  @TextField({ example: 'https://idp.acme.example' })
  iss: string;

  @TextField({ example: 'u-4417' })
  sub: string;
}

export class SubjectDto {
  @RecordField({
    optional: true,
    description: 'What sources call the subject: {email, employeeId, …}',
    values: { type: 'string' },
  })
  identifiers?: Record<string, string>;

  @NestedListField({ optional: true, type: () => AccountDto, most: 100, description: 'Who it is at which issuer' })
  accounts?: AccountDto[];

  @TextListField({ optional: true, most: 1000 })
  groups?: string[];

  @RecordField({ optional: true, description: '{region, clearance, …}', values: { type: 'string' } })
  attributes?: Record<string, string>;
}

export class ReinstateDto {
  @TextField({ optional: true, description: 'Only the bar of this revocation; default: all' })
  revocationId?: string;

  @TextField({ optional: true, max: 1000 })
  reason?: string;
}

export class ProtectionDto {
  @TextField({ optional: true, max: 1000, example: 'break-glass account' })
  reason?: string;
}

export class OwnerDto {
  @TextField({ example: 'ada', description: 'The id of the subject it ends with' })
  owner: string;
}
