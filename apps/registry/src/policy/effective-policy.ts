import { POLICY_FIELDS, Problem, type PolicyField } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { policyName, type ResolvedField } from '@curfew/policy-rules';
import { Injectable } from '@nestjs/common';
import { ApplicationStore } from '../application/application.store.js';
import { resolvedPolicy } from './layers.js';
import { PolicyLayerStore } from './policy-layer.store.js';

const INHERITS = 'Inherits org defaults';
const OVERRIDES = 'Overrides org';

export interface EffectiveField {
  readonly value: unknown;
  /** The policy that says so: `default`, or an override's name. */
  readonly policy: string;
  readonly exact: boolean;
  readonly standing: typeof INHERITS | typeof OVERRIDES;
}

export interface EffectivePolicy {
  readonly subject: string;
  readonly application: string | null;
  readonly standing: typeof INHERITS | typeof OVERRIDES;
  readonly fields: Readonly<Record<string, EffectiveField>>;
}

/** What holds for a person at an application right now, field by field, with the policy it comes from. */
@Injectable()
export class FindEffectivePolicy {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly layers: PolicyLayerStore,
    private readonly applications: ApplicationStore,
  ) {}

  /** Throws `subject_not_found`, `application_not_found`. */
  async execute(tenant: string, subject: string, application: string | null): Promise<EffectivePolicy> {
    const found = await this.unitOfWork.run(tenant, async (tx) => {
      if (application !== null && !(await this.applications.exists(tx, application)))
        throw new Problem('application_not_found');
      return this.layers.of(tx, subject, application);
    });
    if (!found) throw new Problem('subject_not_found');
    const resolved = resolvedPolicy(found.layers, application, found.now);
    const fields = POLICY_FIELDS.map((field) => [field, viewOf(resolved[field])] as const);
    const overridden = fields.some(([, { standing }]) => standing === OVERRIDES);
    return {
      subject,
      application,
      standing: overridden ? OVERRIDES : INHERITS,
      fields: Object.fromEntries(fields),
    };
  }
}

const viewOf = ({ value, from, exact }: ResolvedField<PolicyField>): EffectiveField => ({
  value,
  policy: policyName(from),
  exact,
  standing: from.layer === 'tenant' ? INHERITS : OVERRIDES,
});
