import { Problem } from '@curfew/contracts';

/** RFC 7644 §3.12, table 9. */
export type ScimType =
  'invalidFilter' | 'invalidPath' | 'invalidSyntax' | 'invalidValue' | 'mutability' | 'noTarget' | 'tooMany';

export const scimInvalid = (scimType: ScimType, detail: string): Problem =>
  new Problem('scim_invalid', detail, { scimType });
