import { invalidField } from '@curfew/contracts';
import { BooleanField, IntegerField, NestedField, TextField } from '@curfew/runtime';
import type { Target, TargetKind } from '../barrier/barrier.js';

export class TargetDto {
  @TextField({ optional: true })
  subject?: string;

  @TextField({ optional: true })
  device?: string;

  @TextField({ optional: true })
  session?: string;

  @TextField({ optional: true })
  application?: string;

  @TextField({ optional: true })
  group?: string;

  @TextField({ optional: true })
  tenant?: string;
}

export class RevocationDto {
  @NestedField({ type: () => TargetDto, description: 'Exactly one of its members' })
  target: TargetDto;

  @TextField({ max: 1000, example: 'laptop stolen at the airport' })
  reason: string;

  @BooleanField({
    optional: true,
    description: 'Forbids new access until lifted; of a subject or a device only. Default false',
  })
  bar?: boolean;

  @IntegerField({
    optional: true,
    min: 1,
    max: 604_800,
    description: 'When each application is to have answered; default 60',
  })
  deadlineSeconds?: number;

  @TextField({
    optional: true,
    max: 2000,
    description: 'From a dry run: refuses when the set has grown by more than a tenth since',
  })
  planToken?: string;

  @BooleanField({
    optional: true,
    description:
      'In an emergency: does without the second person that the approval rule asks for. Takes `revocations:approve`; the audit trail and the log of errors say so',
  })
  breakGlass?: boolean;
}

/** Throws `invalid_field` unless exactly one member is there. */
export function targetOf(dto: TargetDto): Target {
  const named = (Object.entries(dto) as [TargetKind, string | undefined][]).filter(([, id]) => id !== undefined);
  const [only] = named;
  if (named.length !== 1 || !only)
    throw invalidField('target', 'must hold exactly one of subject, device, session, application, group, tenant');
  return { kind: only[0], id: only[1]! };
}
