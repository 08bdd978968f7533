import {
  INITIAL_POLICY,
  type DefaultPolicy,
  type PolicyLayer,
  type PolicyOverride,
  type SessionPolicy,
} from '@curfew/contracts';
import { organisationPolicy, resolve, valuesOf, type AppliedOverride, type ResolvedPolicy } from '@curfew/policy-rules';

/** A policy as it is stored. */
export interface LayerRow {
  readonly layer: PolicyLayer;
  readonly id: string;
  readonly version: number;
  readonly document: DefaultPolicy | PolicyOverride;
}

/** The policies of a tenant, or those of them that concern one person. */
export interface Layers {
  readonly default: DefaultPolicy;
  readonly overrides: readonly (AppliedOverride & { readonly version: number })[];
}

export function layersOf(rows: readonly LayerRow[]): Layers {
  const own = rows.find(({ layer }) => layer === 'tenant');
  return {
    default: (own?.document as DefaultPolicy | undefined) ?? INITIAL_POLICY,
    overrides: rows.flatMap(({ layer, id, version, document }) =>
      layer === 'tenant' ? [] : [{ layer, id, version, override: document as PolicyOverride }],
    ),
  };
}

/** `clientId` null: what holds whatever the application. */
export const resolvedPolicy = (layers: Layers, clientId: string | null, now: Date): ResolvedPolicy =>
  resolve(organisationPolicy(layers.default, clientId), layers.overrides, now);

export const sessionPolicy = (layers: Layers, clientId: string | null, now: Date): SessionPolicy =>
  valuesOf(resolvedPolicy(layers, clientId, now));

/** Whom a session is of, as far as policies go. */
export interface Standing {
  readonly subjectId: string;
  readonly clientId: string;
  readonly groups: readonly string[];
  readonly region: string | null;
  readonly clearance: string | null;
  readonly dataClass: string | null;
}

/**
 * What holds for each of many sessions. Those that the same policies concern share one resolution, of which there are
 * as many as combinations of overrides, whatever the number of sessions.
 */
export class PolicyOfEach {
  private readonly byLayer = new Map<string, AppliedOverride>();
  private readonly resolved = new Map<string, SessionPolicy>();

  constructor(
    private readonly layers: Layers,
    private readonly now: Date,
  ) {
    for (const override of layers.overrides) this.byLayer.set(`${override.layer} ${override.id}`, override);
  }

  /** At its application. */
  of(standing: Standing): SessionPolicy {
    return this.resolve(standing, standing.clientId);
  }

  /** Whatever the application. */
  ofPerson(standing: Standing): SessionPolicy {
    return this.resolve(standing, null);
  }

  private resolve(standing: Standing, clientId: string | null): SessionPolicy {
    const names = [
      `region ${standing.region ?? ''}`,
      `clearance ${standing.clearance ?? ''}`,
      `dataClass ${standing.dataClass ?? ''}`,
      ...[...standing.groups].sort().map((group) => `group ${group}`),
      ...(clientId === null ? [] : [`application ${clientId}`]),
      `subject ${standing.subjectId}`,
    ].filter((name) => this.byLayer.has(name));
    const ownCap = clientId !== null && Object.hasOwn(this.layers.default.applications, clientId) ? clientId : null;
    const key = JSON.stringify([names, ownCap]);
    let policy = this.resolved.get(key);
    if (!policy) {
      const overrides = names.map((name) => this.byLayer.get(name)!);
      policy = valuesOf(resolve(organisationPolicy(this.layers.default, ownCap), overrides, this.now));
      this.resolved.set(key, policy);
    }
    return policy;
  }
}
