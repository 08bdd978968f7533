import { isDeepStrictEqual } from 'node:util';
import {
  OverrideStateV1,
  OverrideUpdatedV1,
  PolicyStateV1,
  PolicyUpdatedV1,
  Problem,
  unprocessableField,
  type DefaultPolicy,
  type Batch,
  type Enforcement,
  type OverrideLayer,
  type PolicyOverride,
} from '@curfew/contracts';
import { crashPoint, exclusive, together, UnitOfWork, type Cause, type Tx } from '@curfew/messaging';
import {
  changesOfDefault,
  changesOfOverride,
  enforcementOf,
  looserThanOrganisation,
  organisationPolicy,
  policyName,
  TENANT,
  type Apply,
  type LayerRef,
  type PolicyChange,
} from '@curfew/policy-rules';
import { etagOf, News, once, until, type IdempotentRequest } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Directory } from '../directory/directory.js';
import { checkOverride, looser } from './check-override.js';
import { EnforcementStore, type EnforcementView } from './enforcement.store.js';
import { completed, SessionPolicyStore, type PolicyDocument, type VersionedPolicy } from './session-policy.store.js';

export interface SaveOrder {
  readonly tenant: string;
  readonly actor: string;
  readonly ref: LayerRef;
  /** Null: the override is taken away. */
  readonly document: PolicyDocument;
  readonly apply: Apply | undefined;
  readonly reason: string | null;
  /** The ETag of the version it is meant to replace; undefined: whichever is there. */
  readonly ifMatch: string | undefined;
  readonly idempotent?: IdempotentRequest | undefined;
}

/** One save of a tenant's session policies at a time. */
export const savingPolicies = (tenant: string) => exclusive('session-policy', tenant);

export interface SavedPolicy {
  readonly policy: string;
  readonly version: number;
  /** Null: no live session is touched. */
  readonly enforcementId: string | null;
}

/** A save is answered when the registry judges by it, or after this long at the latest. */
const APPLIED_WITHIN_MS = 2_000;
/** Somebody or something that was made a moment ago may not have arrived here yet. */
const KNOWN_WITHIN_MS = 1_000;

/** A new version of a policy, and what it is to do to live sessions: one transaction, also of what is told (S14). */
@Injectable()
export class SavePolicy {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SessionPolicyStore,
    private readonly enforcements: EnforcementStore,
    private readonly directory: Directory,
    private readonly news: News,
  ) {}

  /** Throws `precondition_failed`, `policy_not_found`, `unprocessable_field`, `looser_than_default`. */
  async execute(order: SaveOrder): Promise<SavedPolicy> {
    const { tenant, ref, document } = order;
    if (ref.layer !== 'tenant' && document !== null) {
      checkOverride(ref.layer, document as PolicyOverride, new Date());
      assertKnown(ref, await this.unknownOf(tenant, [ref]));
    }
    const saved = await this.unitOfWork.run(tenant, (tx) => once(tx, order.idempotent, () => this.save(tx, order)), [
      savingPolicies(tenant),
    ]);
    await this.untilApplied(tenant, [saved]);
    return saved;
  }

  /** Until the registry judges by these, or for as long as an answer may wait for it. */
  async untilApplied(tenant: string, saved: readonly SavedPolicy[]): Promise<void> {
    crashPoint('S14', 'policy');
    const areApplied = (tx: Tx) =>
      together(saved.map(({ policy, version }) => this.store.isApplied(tx, policy, version)));
    await until(
      () => this.unitOfWork.run(tenant, async (tx) => (await areApplied(tx)).every(Boolean) || undefined),
      APPLIED_WITHIN_MS,
      { news: this.news, of: tenant },
    );
  }

  /** What became of an enforcement, once it is done or after `waitMs`. */
  async enforcement(tenant: string, enforcementId: string, waitMs: number): Promise<EnforcementView> {
    const look = () => this.unitOfWork.run(tenant, (tx) => this.enforcements.get(tx, enforcementId));
    const first = await look();
    if (!first) throw new Problem('enforcement_not_found');
    if (first.state === 'enforced' || waitMs === 0) return first;
    const done = await until(
      async () => {
        const view = await look();
        return view?.state === 'enforced' ? view : undefined;
      },
      waitMs,
      { news: this.news, of: tenant },
    );
    return done ?? first;
  }

  /** Of these those that nobody and nothing is known to be, also after a moment. */
  async unknownOf(tenant: string, refs: readonly LayerRef[]): Promise<readonly LayerRef[]> {
    const unknown = await until(
      () => this.unitOfWork.run(tenant, async (tx) => ((await this.absent(tx, refs)).length === 0 ? [] : undefined)),
      KNOWN_WITHIN_MS,
    );
    return unknown ?? this.unitOfWork.run(tenant, (tx) => this.absent(tx, refs));
  }

  /** Under `savingPolicies`, and once it is checked who it is for. `batch`: other policies are saved with it. */
  async save(tx: Tx, order: Omit<SaveOrder, 'idempotent'>, batch?: Batch): Promise<SavedPolicy> {
    const { ref, actor, reason } = order;
    const policy = policyName(ref);
    const before = await this.store.current(tx, ref);
    if (order.ifMatch !== undefined && order.ifMatch !== '*' && order.ifMatch !== etagOf(before.version))
      throw new Problem('precondition_failed', `Its version is ${before.version} now`);
    if (order.document === null && before.document === null) throw new Problem('policy_not_found');
    const document = ref.layer === 'tenant' ? completed(order.document as DefaultPolicy) : order.document;
    if (isSameDocument(before.document, document)) return { policy, version: before.version, enforcementId: null };
    const changes = await this.changesOf(tx, ref, before.document, document);
    const version = before.version + 1;
    await this.store.save(tx, { policy, version, document, changes, reason, actor });
    const meant = enforcementOf(changes, order.apply);
    const enforcement = meant ? { ...meant, enforcementId: uuidv7() } : null;
    if (enforcement) await this.enforcements.insert(tx, enforcement.enforcementId, policy, version);
    publish(tx, ref, { before, document, version, changes, reason, enforcement, actor, batch });
    return { policy, version, enforcementId: enforcement?.enforcementId ?? null };
  }

  private async changesOf(
    tx: Tx,
    ref: LayerRef,
    before: PolicyDocument,
    after: PolicyDocument,
  ): Promise<PolicyChange[]> {
    if (ref.layer === 'tenant') return changesOfDefault(before as DefaultPolicy, after as DefaultPolicy);
    const { document } = await this.store.default(tx);
    const organisation = organisationPolicy(document, ref.layer === 'application' ? ref.id : null);
    const override = after as PolicyOverride | null;
    const loose = override ? looserThanOrganisation(override, organisation) : [];
    if (loose.length > 0) throw looser(loose);
    return changesOfOverride(before as PolicyOverride | null, override, organisation);
  }

  private async absent(tx: Tx, refs: readonly LayerRef[]): Promise<LayerRef[]> {
    const known = await together(refs.map(({ layer, id }) => this.directory.has(tx, layer as OverrideLayer, id)));
    return refs.filter((_, at) => !known[at]);
  }
}

/** Throws `unprocessable_field`. */
export function assertKnown({ layer, id }: LayerRef, unknown: readonly LayerRef[]): void {
  if (unknown.some((one) => one.layer === layer && one.id === id))
    throw unprocessableField(layer, `${id} is not there`);
}

export const isSameDocument = (one: PolicyDocument, other: PolicyDocument): boolean =>
  isDeepStrictEqual(jsonOf(one), jsonOf(other));

/** As it is stored: what is undefined is not there. */
const jsonOf = (document: PolicyDocument): unknown => JSON.parse(JSON.stringify(document));

function publish(
  tx: Tx,
  ref: LayerRef,
  saved: {
    before: VersionedPolicy;
    document: PolicyDocument;
    version: number;
    changes: readonly PolicyChange[];
    reason: string | null;
    enforcement: Enforcement | null;
    actor: string;
    batch: Batch | undefined;
  },
): void {
  const subject = policyName(ref);
  const { version, reason, enforcement } = saved;
  const cause: Cause = { actor: saved.actor, correlationId: enforcement?.enforcementId ?? uuidv7() };
  const changes = saved.changes.map(({ affects: _affects, ...change }) => change);
  const told = { version, changes, reason, enforcement, ...(saved.batch ? { batch: saved.batch } : {}) };
  if (ref.layer === TENANT.layer) {
    const [before, after] = [saved.before.document as DefaultPolicy, saved.document as DefaultPolicy];
    tx.publish(PolicyUpdatedV1, { subject, cause, data: { policy: subject, before, after, ...told } });
    tx.publish(PolicyStateV1, { subject, cause, data: { version, policy: after } });
    return;
  }
  const [before, after] = [saved.before.document as PolicyOverride | null, saved.document as PolicyOverride | null];
  const which = { layer: ref.layer as OverrideLayer, id: ref.id };
  tx.publish(OverrideUpdatedV1, { subject, cause, data: { ...which, before, after, ...told } });
  tx.publish(OverrideStateV1, { subject, cause, data: { ...which, version, override: after } });
}
