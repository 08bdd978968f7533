import { UnitOfWork, type Tx } from '@curfew/messaging';
import type { Apply } from '@curfew/policy-rules';
import { assertMatches, type Principal } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { EnforcementView } from '../session-policy/enforcement.store.js';
import { SavePolicy, savingPolicies, type SavedPolicy } from '../session-policy/save-policy.js';
import { changing } from '../sign-in/change-sign-in-policy.js';
import { ApplySessionPolicies } from './apply-session-policies.js';
import { ApplySignIn } from './apply-sign-in.js';
import { documentChanges, type DocumentChange } from './document-changes.js';
import { documentOf, tagOf, type DocumentRequest } from './policy-document.js';
import { ReadDocument } from './read-document.js';

export interface DocumentOrder {
  readonly apply: Apply | undefined;
  /** Undefined only where it is tried. */
  readonly ifMatch: string | undefined;
  readonly dryRun: boolean;
}

export interface AppliedDocument {
  readonly dryRun: boolean;
  /** What differed before; nothing: nothing was written. */
  readonly changes: readonly DocumentChange[];
  /** What it does to live sessions, one for each policy that touches any. */
  readonly enforcements: readonly EnforcementView[];
  readonly warnings: readonly string[];
}

interface Outcome {
  /** Of what there is now. */
  readonly tag: string;
  readonly changes: readonly DocumentChange[];
  readonly saved: readonly SavedPolicy[];
}

/** What was tried is taken back: the transaction ends here. */
class Tried extends Error {
  constructor(readonly outcome: Outcome) {
    super('tried');
  }
}

/** All of a tenant's policies by one document: in one transaction, by what saves each alone. */
@Injectable()
export class ApplyDocument {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly read: ReadDocument,
    private readonly sessionPolicies: ApplySessionPolicies,
    private readonly signIn: ApplySignIn,
    private readonly savePolicy: SavePolicy,
  ) {}

  /** A dry run does all of it and takes it back: what it refuses and finds is what applying would. */
  async execute(
    caller: Principal,
    document: DocumentRequest,
    order: DocumentOrder,
    waitMs: number,
  ): Promise<AppliedDocument & { readonly tag: string }> {
    const { tenant } = caller;
    const asked = await this.sessionPolicies.asked(document.session ?? {});
    const unknown = await this.savePolicy.unknownOf(
      tenant,
      asked.map(({ ref }) => ref).filter(({ layer }) => layer !== 'tenant'),
    );
    const work = async (tx: Tx): Promise<Outcome> => {
      const stored = await this.read.execute(tx);
      const before = documentOf(stored);
      if (!order.dryRun || order.ifMatch !== undefined) assertMatches(order.ifMatch, tagOf(before));
      const changed = this.sessionPolicies.changed(asked, stored, document.session ?? {});
      const saved = await this.sessionPolicies.apply(tx, caller, changed, unknown, order.apply);
      await this.signIn.apply(tx, caller, stored, document.signIn ?? {});
      const after = documentOf(await this.read.execute(tx));
      const changes = documentChanges(before, after);
      if (order.dryRun) throw new Tried({ tag: tagOf(before), changes, saved: [] });
      return { tag: tagOf(after), changes, saved };
    };
    const { tag, changes, saved } = await this.unitOfWork
      .run(tenant, work, [savingPolicies(tenant), changing(tenant)])
      .catch((error: unknown) => {
        if (error instanceof Tried) return error.outcome;
        throw error;
      });
    if (saved.length > 0) await this.savePolicy.untilApplied(tenant, saved);
    const enforcements = await this.enforcementsOf(tenant, saved, waitMs);
    return { dryRun: order.dryRun, changes, enforcements, warnings: this.sessionPolicies.warnings(asked), tag };
  }

  private enforcementsOf(tenant: string, saved: readonly SavedPolicy[], waitMs: number): Promise<EnforcementView[]> {
    const ids = saved.flatMap(({ enforcementId }) => (enforcementId === null ? [] : [enforcementId]));
    return Promise.all(ids.map((id) => this.savePolicy.enforcement(tenant, id, waitMs)));
  }
}
