import { DefaultPolicy, invalidField, PolicyOverride, type EnforcementCounts } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import {
  changesOfDefault,
  changesOfOverride,
  enforcementOf,
  looserThanOrganisation,
  organisationPolicy,
  TENANT,
  type Apply,
  type LayerRef,
  type PolicyChange,
} from '@curfew/policy-rules';
import { Value } from '@sinclair/typebox/value';
import { Injectable } from '@nestjs/common';
import { RevocationStore } from '../revocation/revocation.store.js';
import { JudgeSessions, type Plan } from './judge-sessions.js';
import { JudgeStore } from './judge.store.js';
import type { Layers } from './layers.js';
import { PolicyLayerStore } from './policy-layer.store.js';

const OUTCOMES = ['marked', 'changed', 'ended', 'evicted'] as const;
type Outcome = (typeof OUTCOMES)[number];
type Parts = Readonly<Record<string, Readonly<Partial<Record<Outcome, number>>>>>;

const MOST_SAMPLES = 20;

/** What a save would do to the sessions that are live right now. */
export interface PolicyPreview {
  readonly counts: EnforcementCounts;
  readonly changes: readonly Omit<PolicyChange, 'affects'>[];
  /** Fields that a save would refuse: looser than the organisation's, and not exact. */
  readonly looser: readonly string[];
  /** Of those that something happens to: a session counts in each of its person's groups. */
  readonly byApplication: Parts;
  readonly byGroup: Parts;
  readonly byRegion: Parts;
  readonly samples: readonly {
    readonly session: string;
    readonly subject: string;
    readonly clientId: string;
    readonly outcome: Outcome;
  }[];
}

/** A save that is tried: planned like one that is enforced, and not carried out. */
@Injectable()
export class PreviewPolicy {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly layers: PolicyLayerStore,
    private readonly judge: JudgeStore,
    private readonly judgeSessions: JudgeSessions,
    private readonly revocations: RevocationStore,
  ) {}

  /** `document` null: the override is taken away. Throws `invalid_field`. */
  execute(tenant: string, ref: LayerRef, document: object | null, apply: Apply | undefined): Promise<PolicyPreview> {
    return this.unitOfWork.run(tenant, async (tx) => {
      const before = await this.layers.all(tx);
      const { after, changes, looser } = tried(before, ref, document);
      const order = enforcementOf(changes, apply) ?? { fields: [], mode: 'tighten' };
      const judged = await this.judge.concerned(tx, ref);
      const { now } = await this.revocations.moment(tx);
      const plan = await this.judgeSessions.plan(tx, judged, after, order, now);
      return { ...viewOf(plan), changes: changes.map(({ affects: _affects, ...change }) => change), looser };
    });
  }
}

function tried(
  before: Layers,
  ref: LayerRef,
  document: object | null,
): { after: Layers; changes: PolicyChange[]; looser: readonly string[] } {
  if (ref.layer === TENANT.layer) {
    const policy = checked(DefaultPolicy, { applications: {}, ...document });
    return { after: { ...before, default: policy }, changes: changesOfDefault(before.default, policy), looser: [] };
  }
  const others = before.overrides.filter(({ layer, id }) => layer !== ref.layer || id !== ref.id);
  const old = before.overrides.find((override) => !others.includes(override))?.override ?? null;
  const organisation = organisationPolicy(before.default, ref.layer === 'application' ? ref.id : null);
  if (document === null)
    return {
      after: { ...before, overrides: others },
      changes: changesOfOverride(old, null, organisation),
      looser: [],
    };
  const absent = { exact: [], reason: null, expiresAt: null, privileged: false };
  const override = checked(PolicyOverride, { ...absent, ...document });
  return {
    after: { ...before, overrides: [...others, { ...ref, version: 0, override }] },
    changes: changesOfOverride(old, override, organisation),
    looser: looserThanOrganisation(override, organisation),
  };
}

function checked<S extends typeof DefaultPolicy | typeof PolicyOverride>(
  schema: S,
  document: object,
): S extends typeof DefaultPolicy ? DefaultPolicy : PolicyOverride {
  const wrong = Value.Errors(schema, document).First();
  if (wrong) throw invalidField(`document${wrong.path.replaceAll('/', '.')}`, wrong.message);
  return document as ReturnType<typeof checked<S>>;
}

function viewOf(plan: Plan): Omit<PolicyPreview, 'changes' | 'looser'> {
  const { judged, marked, changed, evicted } = plan;
  const ended = [...plan.ended.idle_timeout, ...plan.ended.absolute_timeout];
  const ids: Readonly<Record<Outcome, readonly string[]>> = { marked, changed, ended, evicted };
  const outcomes = new Map(OUTCOMES.flatMap((outcome) => ids[outcome].map((id) => [id, outcome] as const)));
  const touched = judged.flatMap((session) => {
    const outcome = outcomes.get(session.sessionId);
    return outcome ? [{ session, outcome }] : [];
  });
  const by = (namesOf: (session: Plan['judged'][number]) => readonly string[]): Parts => {
    const parts = new Map<string, Partial<Record<Outcome, number>>>();
    for (const { session, outcome } of touched)
      for (const name of namesOf(session)) {
        const part = parts.get(name) ?? {};
        parts.set(name, { ...part, [outcome]: (part[outcome] ?? 0) + 1 });
      }
    return Object.fromEntries(parts);
  };
  return {
    counts: {
      sessions: judged.length,
      subjects: new Set(judged.map(({ subjectId }) => subjectId)).size,
      marked: marked.length,
      changed: changed.length,
      ended: ended.length,
      evicted: evicted.length,
    },
    byApplication: by(({ clientId }) => [clientId]),
    byGroup: by(({ groups }) => groups),
    byRegion: by(({ region }) => (region === null ? [] : [region])),
    samples: touched.slice(0, MOST_SAMPLES).map(({ session, outcome }) => ({
      session: session.sessionId,
      subject: session.subjectId,
      clientId: session.clientId,
      outcome,
    })),
  };
}
