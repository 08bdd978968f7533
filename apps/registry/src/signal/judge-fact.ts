import type { RevocationRequestedV1 } from '@curfew/contracts';

/** What a source says of a subject's employment, and when it said it. */
export interface SourceFact {
  readonly kind: 'terminated' | 'rehired';
  readonly signalId: string;
  readonly occurredAt: Date;
  readonly sequence: number | null;
}

/** One that has been said before, and was not taken back. */
export interface KnownFact extends SourceFact {
  /** It has taken effect; a scheduled one has not until its time has come. */
  readonly due: boolean;
  /** A termination that was put in force. */
  readonly revocationId: string | null;
  /** What became of the bar it raised; `lifted` by a person, `overruled` by what its source said; null: it raised none. */
  readonly bar: 'standing' | 'lifted' | 'overruled' | null;
  /** Of a termination that bars, and whose time has come: what would put it in force again. */
  readonly request: RevocationRequestedV1 | null;
}

export type Verdict =
  /** Nothing newer stands against it. */
  | 'applies'
  /** A newer one took its place before it took effect. */
  | 'replaced'
  /** A termination that comes after something newer: it ends what was authenticated before it, and bars nothing. */
  | 'superseded'
  /** A rehire that comes after something newer. */
  | 'out_of_date';

/**
 * Facts of one source are ordered by when it said them, whatever the order they arrive in: by its sequence where both
 * have one, else by `occurredAt`; of two at one instant the one that ends access counts (design §4.5). A newer
 * termination supersedes an older one only where a person has lifted its bar since: if it is taken back later, the
 * older one must stand as it would have, had it come in time.
 */
export function judgeFact(known: readonly KnownFact[], incoming: SourceFact, scheduled: boolean): Verdict {
  const newer = known.filter((fact) => fact.signalId !== incoming.signalId && !isNewer(incoming, fact));
  if (incoming.kind === 'rehired') return newer.length === 0 ? 'applies' : 'out_of_date';
  if (newer.some(({ kind, due }) => kind === 'rehired' && due)) return scheduled ? 'replaced' : 'superseded';
  const terminations = newer.filter(({ kind }) => kind === 'terminated');
  if (scheduled && terminations.length > 0) return 'replaced';
  return terminations.some(({ bar }) => bar === 'lifted') ? 'superseded' : 'applies';
}

/**
 * One was taken back, and these are left: the newest termination that would bar now, came it only now, and that no
 * person has lifted. Undefined where none would, and while one bars.
 */
export function barringAgain(left: readonly KnownFact[]): RevocationRequestedV1 | undefined {
  if (left.some(({ bar }) => bar === 'standing')) return undefined;
  const would = left.filter(
    (fact) =>
      fact.request !== null &&
      fact.bar !== 'lifted' &&
      judgeFact(left, fact, fact.request.data.scheduled) === 'applies',
  );
  const [first, ...others] = would;
  return first && others.reduce((newest, one) => (isNewer(one, newest) ? one : newest), first).request!;
}

/** The revocations that what a source said after `rehire` put in force: their bars are not its to lift. */
export const revocationsAfter = (known: readonly KnownFact[], rehire: SourceFact): readonly string[] =>
  known.flatMap((fact) =>
    fact.kind === 'terminated' && fact.revocationId !== null && !isNewer(rehire, fact) ? [fact.revocationId] : [],
  );

export function isNewer(a: SourceFact, b: SourceFact): boolean {
  const order =
    a.sequence !== null && b.sequence !== null
      ? a.sequence - b.sequence
      : a.occurredAt.getTime() - b.occurredAt.getTime();
  return order > 0 || (order === 0 && a.kind === 'terminated');
}
