import { ENFORCED_FIELDS, type Enforcement, type PolicyField } from '@curfew/contracts';
import type { PolicyChange } from './changes.js';

export const APPLY = ['immediate', 'next_session'] as const;
export type Apply = (typeof APPLY)[number];

/**
 * What a save is to do to live sessions; undefined: nothing. Where nobody says, what tightens does so at once and what
 * loosens waits for the next session.
 */
export function enforcementOf(
  changes: readonly PolicyChange[],
  apply: Apply | undefined,
): Pick<Enforcement, 'fields' | 'mode'> | undefined {
  if (apply === 'next_session') return undefined;
  const meant = apply === 'immediate' ? changes : changes.filter(({ direction }) => direction === 'tightens');
  const fields = new Set<PolicyField>(meant.flatMap(({ affects }) => affects));
  const enforced = ENFORCED_FIELDS.filter((field) => fields.has(field));
  return enforced.length === 0 ? undefined : { fields: enforced, mode: apply === 'immediate' ? 'set' : 'tighten' };
}
