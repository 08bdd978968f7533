import {
  INITIAL_SESSION_POLICY,
  OVERRIDE_LAYERS,
  POLICY_FIELDS,
  type DefaultPolicy,
  type PolicyField,
  type PolicyLayer,
  type PolicyOverride,
  type SessionPolicy,
} from '@curfew/contracts';
import { FIELD_RULES } from './field-rules.js';

export interface LayerRef {
  readonly layer: PolicyLayer;
  /** Of the tenant's default: empty. */
  readonly id: string;
}

export interface AppliedOverride extends LayerRef {
  readonly override: PolicyOverride;
}

export interface ResolvedField<F extends PolicyField = PolicyField> {
  readonly value: SessionPolicy[F];
  /** Of several that say the same, the least specific. */
  readonly from: LayerRef;
  readonly exact: boolean;
}

export type ResolvedPolicy = { readonly [F in PolicyField]: ResolvedField<F> };

/** How specific each layer is: clearance and data class are equally so. */
const RANK: Readonly<Record<PolicyLayer, number>> = {
  tenant: 0,
  region: 1,
  clearance: 2,
  dataClass: 2,
  group: 3,
  application: 4,
  subject: 5,
};

export const TENANT: LayerRef = { layer: 'tenant', id: '' };

/** What a policy is called in the API and in events: `default`, `group:sre`. */
export const policyName = ({ layer, id }: LayerRef): string => (layer === 'tenant' ? 'default' : `${layer}:${id}`);

/** Undefined: nothing is called that. */
export function policyCalled(name: string): LayerRef | undefined {
  if (name === 'default') return TENANT;
  const layer = OVERRIDE_LAYERS.find((known) => name.startsWith(`${known}:`));
  const id = name.slice((layer?.length ?? 0) + 1);
  return layer && id ? { layer, id } : undefined;
}

/** What the tenant's default says of sessions at one application, or of sessions in general. */
export function organisationPolicy(policy: DefaultPolicy, clientId: string | null): SessionPolicy {
  const { applications, ...said } = policy;
  const own = clientId !== null && Object.hasOwn(applications, clientId) ? applications[clientId] : undefined;
  return {
    ...INITIAL_SESSION_POLICY,
    ...said,
    ...(own ? { applicationCap: own.cap, applicationOverCap: own.overCap } : {}),
  };
}

export const isOver = ({ expiresAt }: Pick<PolicyOverride, 'expiresAt'>, at: Date): boolean =>
  expiresAt !== null && Date.parse(expiresAt) <= at.getTime();

/**
 * Field by field the strictest of what applies holds; where overrides are exact, the most specific of those, and of
 * several as specific the strictest. In whatever order they are given.
 */
export function resolve(organisation: SessionPolicy, overrides: readonly AppliedOverride[], at: Date): ResolvedPolicy {
  const standing = overrides.filter(({ override }) => !isOver(override, at)).sort(bySpecificity);
  const resolved = POLICY_FIELDS.map((field) => [field, resolveField(field, organisation, standing)] as const);
  return Object.fromEntries(resolved) as ResolvedPolicy;
}

export const valuesOf = (resolved: ResolvedPolicy): SessionPolicy =>
  Object.fromEntries(POLICY_FIELDS.map((field) => [field, resolved[field].value])) as SessionPolicy;

function resolveField<F extends PolicyField>(
  field: F,
  organisation: SessionPolicy,
  standing: readonly AppliedOverride[],
): ResolvedField<F> {
  const said = standing.flatMap(({ layer, id, override }): ResolvedField<F>[] => {
    const value = override.values[field] as SessionPolicy[F] | undefined;
    if (value === undefined) return [];
    return [{ value, from: { layer, id }, exact: override.exact.includes(field) }];
  });
  const exact = said.filter((one) => one.exact);
  if (exact.length === 0)
    return strictest(field, [{ value: organisation[field], from: TENANT, exact: false }, ...said]);
  const rank = Math.max(...exact.map(({ from }) => RANK[from.layer]));
  return strictest(
    field,
    exact.filter(({ from }) => RANK[from.layer] === rank),
  );
}

function strictest<F extends PolicyField>(field: F, said: readonly ResolvedField<F>[]): ResolvedField<F> {
  const rule = FIELD_RULES[field];
  const found = said.reduce((held, next) => {
    const value = rule.strictest(held.value, next.value);
    return rule.isSame(value, held.value) ? held : { ...next, value };
  });
  return { ...found, value: rule.strictest(found.value, found.value) }; // sets in one order, however they were written
}

const bySpecificity = (a: LayerRef, b: LayerRef): number =>
  RANK[a.layer] - RANK[b.layer] || compare(a.layer, b.layer) || compare(a.id, b.id);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
