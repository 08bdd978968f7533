import { POLICY_FIELDS, Problem, type PolicyField } from '@curfew/contracts';
import { AskTogether, together, UnitOfWork, type Tx } from '@curfew/messaging';
import { isOver, policyName, type ResolvedField } from '@curfew/policy-rules';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { resolvedPolicy } from './layers.js';
import { PolicyLayerStore, type WhoWhere } from './policy-layer.store.js';

const INHERITS = 'Inherits org defaults';
const OVERRIDES = 'Overrides org';

export interface EffectiveField {
  readonly value: unknown;
  /** The policy that says so: `default`, or an override's name. */
  readonly policy: string;
  readonly exact: boolean;
  readonly standing: typeof INHERITS | typeof OVERRIDES;
}

interface View {
  readonly standing: typeof INHERITS | typeof OVERRIDES;
  readonly fields: Readonly<Record<string, EffectiveField>>;
}

export interface EffectivePolicy extends View {
  readonly subject: string;
  readonly application: string | null;
}

interface Held extends View {
  /** When the first of the overrides that it comes from is over. */
  readonly until: number;
}

type Found = Held | 'subject_not_found' | 'application_not_found';

/** What many share: there are as many as combinations of policies, not as people. */
const MOST_HELD = 10_000;

/**
 * What holds for a person at an application right now, field by field, with the policy it comes from. Which policies
 * those are is asked each time; what comes of them is held, since a version of a policy never changes.
 */
@Injectable()
export class FindEffectivePolicy {
  private readonly held = new LRUCache<string, Held>({ max: MOST_HELD });
  private readonly looking: AskTogether<WhoWhere, Found>;

  constructor(
    unitOfWork: UnitOfWork,
    private readonly layers: PolicyLayerStore,
  ) {
    this.looking = new AskTogether(unitOfWork, (tx, asked) => this.lookUp(tx, asked));
  }

  /** Throws `subject_not_found`, `application_not_found`. */
  async execute(tenant: string, subject: string, application: string | null): Promise<EffectivePolicy> {
    const found = await this.looking.ask(tenant, { subjectId: subject, clientId: application });
    if (typeof found === 'string') throw new Problem(found);
    const { standing, fields } = found;
    return { subject, application, standing, fields };
  }

  private async lookUp(tx: Tx, asked: readonly WhoWhere[]): Promise<Found[]> {
    const concerning = await this.layers.concerning(tx, asked);
    return together(
      concerning.map(async ({ applicationKnown, subjectKnown, which, now }, at): Promise<Found> => {
        if (!applicationKnown) return 'application_not_found';
        if (!subjectKnown) return 'subject_not_found';
        const held = this.held.get(keyOf(tx, asked[at]!, which));
        return held && now.getTime() < held.until ? held : this.resolve(tx, asked[at]!);
      }),
    );
  }

  /** By policies that are read with their names: what is kept is of those, also when another was saved a moment ago. */
  private async resolve(tx: Tx, asked: WhoWhere): Promise<Found> {
    const found = await this.layers.of(tx, asked);
    if (!found) return 'subject_not_found';
    const { layers, which, now } = found;
    const resolved = resolvedPolicy(layers, asked.clientId, now);
    const fields = POLICY_FIELDS.map((field) => [field, viewOf(resolved[field])] as const);
    const overridden = fields.some(([, { standing }]) => standing === OVERRIDES);
    const ends = layers.overrides.flatMap(({ override }) =>
      override.expiresAt === null || isOver(override, now) ? [] : [Date.parse(override.expiresAt)],
    );
    const held: Held = {
      standing: overridden ? OVERRIDES : INHERITS,
      fields: Object.fromEntries(fields),
      until: Math.min(...ends, Infinity),
    };
    this.held.set(keyOf(tx, asked, which), held);
    return held;
  }
}

const keyOf = ({ tenant }: Tx, { clientId }: WhoWhere, which: string): string =>
  JSON.stringify([tenant, clientId, which]);

const viewOf = ({ value, from, exact }: ResolvedField<PolicyField>): EffectiveField => ({
  value,
  policy: policyName(from),
  exact,
  standing: from.layer === 'tenant' ? INHERITS : OVERRIDES,
});
