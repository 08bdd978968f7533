import { SIGNAL_TYPES, type SignalType } from '@curfew/contracts';
import { ChoiceField, InstantField, IntegerField, NestedField, TextField } from '@curfew/runtime';

export class SubjectReferenceDto {
  @TextField({ optional: true, description: "The subject's id in Curfew" })
  id?: string;

  @TextField({ optional: true, example: 'ada@acme.example' })
  email?: string;

  @TextField({ optional: true, example: 'E-1815' })
  employeeId?: string;

  @TextField({ optional: true, description: 'Together with sub: the identity at an issuer' })
  iss?: string;

  @TextField({ optional: true })
  sub?: string;
}

export class DeviceReferenceDto {
  @TextField({ example: 'LAPTOP-7731' })
  id: string;
}

export class SignalDto {
  @ChoiceField({ choices: SIGNAL_TYPES, example: 'employment.terminated' })
  type: SignalType;

  @TextField({
    description: "The source's own id of this event: sent again, it counts once",
    example: 'hr-2026-000417',
  })
  eventId: string;

  @NestedField({ optional: true, type: () => SubjectReferenceDto })
  subject?: SubjectReferenceDto;

  @NestedField({ optional: true, type: () => DeviceReferenceDto })
  device?: DeviceReferenceDto;

  @InstantField({ description: 'When the source said it: what orders the facts of one source' })
  occurredAt: string;

  @IntegerField({
    optional: true,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    description: 'Orders them better than a clock, where the source counts',
  })
  sequence?: number;

  @InstantField({ optional: true, description: 'When it takes effect; in the future it is held until then' })
  effectiveAt?: string;

  @TextField({ optional: true, max: 1000 })
  reason?: string;
}

export class RescindDto {
  @TextField({ optional: true, max: 1000 })
  reason?: string;
}
