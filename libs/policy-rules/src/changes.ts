import {
  POLICY_FIELDS,
  type DefaultPolicy,
  type PolicyField,
  type PolicyOverride,
  type SessionPolicy,
} from '@curfew/contracts';
import { directionOf, FIELD_RULES, type Direction } from './field-rules.js';
import { organisationPolicy } from './resolve.js';

/** One field of one policy that a save changes. */
export interface PolicyChange {
  /** Of the tenant's default also `applications.<client id>`, whose value is its cap and what is done over it. */
  readonly field: string;
  /** Absent: nothing was said, or is said no longer. */
  readonly from?: unknown;
  readonly to?: unknown;
  readonly direction: Exclude<Direction, 'same'>;
  /** The fields of a session's policy that may come out differently. */
  readonly affects: readonly PolicyField[];
}

const CAPS = ['applicationCap', 'applicationOverCap'] as const;

export function changesOfDefault(before: DefaultPolicy, after: DefaultPolicy): PolicyChange[] {
  const [was, is] = [organisationPolicy(before, null), organisationPolicy(after, null)];
  const fields = POLICY_FIELDS.flatMap((field): PolicyChange[] => {
    const direction = directionOf(field, was[field], is[field]);
    return direction === 'same' ? [] : [{ field, from: was[field], to: is[field], direction, affects: [field] }];
  });
  const clientIds = new Set([...Object.keys(before.applications), ...Object.keys(after.applications)]);
  const applications = [...clientIds].sort().flatMap((clientId): PolicyChange[] => {
    const [from, to] = [own(before, clientId), own(after, clientId)];
    if (from?.cap === to?.cap && from?.overCap === to?.overCap) return [];
    const [old, now] = [organisationPolicy(before, clientId), organisationPolicy(after, clientId)];
    const loosens = CAPS.some((field) => directionOf(field, old[field], now[field]) === 'loosens');
    return [
      { field: `applications.${clientId}`, from, to, direction: loosens ? 'loosens' : 'tightens', affects: [...CAPS] },
    ];
  });
  return [...fields, ...applications];
}

/** A client id may be called like what every object has. */
const own = ({ applications }: DefaultPolicy, clientId: string) =>
  Object.hasOwn(applications, clientId) ? applications[clientId] : undefined;

/** `null`: there is none. What an override makes of a field is compared, not what it says: alone it never loosens unless it is exact. */
export function changesOfOverride(
  before: PolicyOverride | null,
  after: PolicyOverride | null,
  organisation: SessionPolicy,
): PolicyChange[] {
  return POLICY_FIELDS.flatMap((field): PolicyChange[] => {
    const [from, to] = [before?.values[field], after?.values[field]];
    const isExact = { from: before?.exact.includes(field) ?? false, to: after?.exact.includes(field) ?? false };
    if (isExact.from === isExact.to && isSame(field, from, to)) return [];
    const direction = directionOf(field, made(field, before, organisation), made(field, after, organisation));
    return [
      {
        field,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        direction: direction === 'loosens' ? 'loosens' : 'tightens',
        affects: [field],
      },
    ];
  });
}

/** The fields in which an override is looser than the tenant's default without being exact: it would have no effect. */
export function looserThanOrganisation(override: PolicyOverride, organisation: SessionPolicy): PolicyField[] {
  return POLICY_FIELDS.filter((field) => {
    const value = override.values[field];
    if (value === undefined || override.exact.includes(field)) return false;
    // Triggers add up: an override names those it adds.
    return field !== 'triggers' && directionOf(field, organisation[field], value) === 'loosens';
  });
}

function made<F extends PolicyField>(
  field: F,
  override: PolicyOverride | null,
  organisation: SessionPolicy,
): SessionPolicy[F] {
  const value = override?.values[field] as SessionPolicy[F] | undefined;
  if (value === undefined) return organisation[field];
  return override!.exact.includes(field) ? value : FIELD_RULES[field].strictest(value, organisation[field]);
}

function isSame<F extends PolicyField>(field: F, a: SessionPolicy[F] | undefined, b: SessionPolicy[F] | undefined) {
  return a === undefined || b === undefined ? a === b : FIELD_RULES[field].isSame(a, b);
}
