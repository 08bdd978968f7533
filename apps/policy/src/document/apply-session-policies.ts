import type { PolicyOverride } from '@curfew/contracts';
import { unprocessableField } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { policyName, TENANT, type Apply, type LayerRef } from '@curfew/policy-rules';
import type { Principal } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { checkOverride, warningsOf } from '../session-policy/check-override.js';
import { defaultPolicyOf, overrideOf } from '../session-policy/policy-of-request.js';
import { assertKnown, isSameDocument, SavePolicy, type SavedPolicy } from '../session-policy/save-policy.js';
import { completed, type PolicyDocument } from '../session-policy/session-policy.store.js';
import { atPath } from './at-path.js';
import type { SessionRequest, Stored } from './policy-document.js';

/** What one policy is to be, and where the document says so. */
export interface AskedPolicy {
  readonly ref: LayerRef;
  readonly path: string;
  /** Null: the override is to be taken away. */
  readonly document: PolicyDocument;
}

/** The part of a document that says what sessions may do. */
@Injectable()
export class ApplySessionPolicies {
  constructor(private readonly savePolicy: SavePolicy) {}

  /** What it says, each of its fields checked by itself. */
  async asked(section: SessionRequest): Promise<AskedPolicy[]> {
    const asked: AskedPolicy[] = [];
    if (section.default) {
      const path = 'session.default';
      const document = await atPath(path, () => completed(defaultPolicyOf(section.default!)));
      asked.push({ ref: TENANT, path, document });
    }
    const names = new Set<string>();
    for (const [at, { layer, id, ...request }] of (section.overrides ?? []).entries()) {
      const path = `session.overrides.${at}`;
      if (names.has(policyName({ layer, id }))) throw unprocessableField(`${path}.id`, 'is there twice');
      names.add(policyName({ layer, id }));
      asked.push({ ref: { layer, id }, path, document: overrideOf(request) });
    }
    return asked;
  }

  /** Of these those that differ from what there is, and the overrides that are none of these. */
  changed(asked: readonly AskedPolicy[], stored: Stored, section: SessionRequest): AskedPolicy[] {
    const overrides = new Map(stored.overrides.map(({ override, ...ref }) => [policyName(ref), override]));
    const names = new Set(asked.map(({ ref }) => policyName(ref)));
    const differing = asked.filter(({ ref, document }) => {
      const before = ref === TENANT ? stored.default : (overrides.get(policyName(ref)) ?? null);
      return !isSameDocument(before, document);
    });
    const gone = section.overrides ? stored.overrides.filter((ref) => !names.has(policyName(ref))) : [];
    return [
      ...differing,
      ...gone.map(({ layer, id }) => ({ ref: { layer, id }, path: 'session.overrides', document: null })),
    ];
  }

  /** `unknown`: whom or what nobody is known to be. What stays as it is, is not judged again. */
  async apply(
    tx: Tx,
    { tenant, actor }: Principal,
    changed: readonly AskedPolicy[],
    unknown: readonly LayerRef[],
    apply: Apply | undefined,
  ): Promise<SavedPolicy[]> {
    const batch = changed.length > 1 ? { batchId: uuidv7(), size: changed.length } : undefined;
    const saved: SavedPolicy[] = [];
    for (const { ref, path, document } of changed)
      await atPath(path, async () => {
        const override = ref === TENANT ? null : (document as PolicyOverride | null);
        if (ref.layer !== 'tenant' && override) {
          checkOverride(ref.layer, override, new Date());
          assertKnown(ref, unknown);
        }
        const reason = override?.reason ?? null;
        const order = { tenant, actor, ref, document, apply, reason, ifMatch: undefined };
        saved.push(await this.savePolicy.save(tx, order, batch));
      });
    return saved;
  }

  warnings(asked: readonly AskedPolicy[]): string[] {
    return asked.flatMap(({ ref, document }) => {
      if (document === null) return [];
      const [cap, privileged] =
        'values' in document ? [document.values.cap, document.privileged] : [document.cap, false];
      return warningsOf(cap, privileged).map((warning) => `${policyName(ref)}: ${warning}`);
    });
  }
}
