/** What a source says of a subject's employment, and when it said it. */
export interface SourceFact {
  readonly kind: 'terminated' | 'rehired';
  readonly signalId: string;
  readonly occurredAt: Date;
  readonly sequence: number | null;
}

export type Verdict =
  /** It is the newest the source said. */
  | 'applies'
  /** A newer one took its place before it took effect. */
  | 'replaced'
  /** A termination that comes after something newer: it ends what was authenticated before it, and bars nothing. */
  | 'superseded'
  /** A rehire that comes after something newer. */
  | 'out_of_date';

/**
 * Facts of one source are ordered by when it said them, whatever the order they arrive in: by its sequence where both
 * have one, else by `occurredAt`; of two at one instant the one that ends access counts (design §4.5).
 */
export function judgeFact(latest: SourceFact | undefined, incoming: SourceFact, scheduled: boolean): Verdict {
  if (!latest || latest.signalId === incoming.signalId || isNewer(incoming, latest)) return 'applies';
  if (incoming.kind === 'rehired') return 'out_of_date';
  return scheduled ? 'replaced' : 'superseded';
}

export function isNewer(a: SourceFact, b: SourceFact): boolean {
  const order =
    a.sequence !== null && b.sequence !== null
      ? a.sequence - b.sequence
      : a.occurredAt.getTime() - b.occurredAt.getTime();
  return order > 0 || (order === 0 && a.kind === 'terminated');
}
