import { InstantField, NestedField, TextField } from '@curfew/runtime';

export class DeviceDto {
  @TextField({ example: 'LAPTOP-7731' })
  id: string;

  @TextField({ optional: true, example: "Ada's laptop" })
  name?: string;
}

export class OpenSessionDto {
  @TextField({ description: "The subject's id; one nobody knows yet is created unlisted", example: 'ada' })
  subject: string;

  @TextField({ example: 'payroll' })
  clientId: string;

  @NestedField({ optional: true, type: () => DeviceDto })
  device?: DeviceDto;

  @TextField({
    optional: true,
    description: 'Sessions of one sign-in at several applications count once within the cap',
  })
  signInId?: string;

  @InstantField({ description: 'When the person authenticated; what revocations are compared with' })
  authenticatedAt: string;

  @TextField({ optional: true, max: 64 })
  ip?: string;

  @TextField({ optional: true, max: 512 })
  userAgent?: string;

  @TextField({ optional: true, description: "The application's own id of the session; given out when absent" })
  sid?: string;
}

export class IntrospectDto {
  @TextField({ max: 1024 })
  token: string;

  @TextField({ optional: true })
  token_type_hint?: string;

  @TextField({ optional: true, description: 'Whose session it is, when the key is not an application’s' })
  client_id?: string;
}
