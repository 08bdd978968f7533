import { invalidField, Problem, type OverrideLayer, type PolicyField, type PolicyOverride } from '@curfew/contracts';

/** What is counted over all applications, or judged before there is one, can't depend on the application. */
const NOT_OF_AN_APPLICATION: readonly PolicyField[] = ['cap', 'overCap'];
/** Guidance (CC-07): sign-ins at a time for people who may do more than most, and for everybody else. */
const MOST_PRIVILEGED = 2;
const MOST_STANDARD = 5;

/** Throws `invalid_field` for what can't be meant. */
export function checkOverride(layer: OverrideLayer, override: PolicyOverride, now: Date): void {
  const { values, exact, reason, expiresAt } = override;
  const fields = Object.keys(values) as PolicyField[];
  if (fields.length === 0) throw invalidField('values', 'must name at least one field');
  const misplaced = fields.find((field) => layer === 'application' && NOT_OF_AN_APPLICATION.includes(field));
  if (misplaced)
    throw invalidField(
      `values.${misplaced}`,
      'counts over all applications: for one use applicationCap and applicationOverCap',
    );
  const absent = exact.find((field) => !(field in values));
  if (absent) throw invalidField('exact', `names ${absent}, which has no value`);
  if (exact.length > 0 && reason === null) throw invalidField('reason', 'must say why, where a value is exact');
  if (exact.length > 0 && expiresAt === null) throw invalidField('expiresAt', 'must be there, where a value is exact');
  if (expiresAt !== null && Date.parse(expiresAt) <= now.getTime())
    throw invalidField('expiresAt', 'must lie in the future');
}

export const looser = (fields: readonly PolicyField[]): Problem =>
  new Problem('looser_than_default', `${fields.join(', ')}: it would have no effect, unless it is exact`, {
    errors: fields.map((field) => ({ field: `values.${field}`, message: "is looser than the organisation's" })),
  });

/** CC-07: what may be saved and is still no good idea. */
export function warningsOf(cap: number | null | undefined, privileged: boolean): string[] {
  if (cap === undefined) return [];
  const most = privileged ? MOST_PRIVILEGED : MOST_STANDARD;
  if (cap !== null && cap <= most) return [];
  return [`cap: ${cap ?? 'unlimited'} sign-ins at a time; guidance is ${privileged ? '1 to 2' : '3 to 5'}`];
}
