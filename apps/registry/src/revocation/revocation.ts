import type { Target } from '../barrier/barrier.js';

/** The instant and the epoch of a decision, read after its locks. */
export interface Moment {
  readonly now: Date;
  readonly epoch: bigint;
}

export type RevocationState = 'ending' | 'telling' | 'settled';

/** The decision to end a set of sessions. Standing state, not a message. */
export interface Revocation {
  readonly revocationId: string;
  readonly signalId: string | null;
  /** What the signal and the decision were, for the chain; null when it was asked for over HTTP. */
  readonly signal: Readonly<Record<string, unknown>> | null;
  readonly target: Target;
  readonly bar: boolean;
  readonly reason: string;
  readonly actor: string;
  readonly correlationId: string;
  readonly requestedAt: Date;
  readonly originAt: Date;
  readonly notBefore: Date;
  readonly epoch: bigint;
  readonly deadlineAt: Date;
  /** `superseded`: its source had said something newer; it ended what was authenticated before it, and bars nothing. */
  readonly standing: 'in_force' | 'superseded';
  readonly state: RevocationState;
  readonly ended: number;
  readonly alreadyEnded: number;
  readonly resolvedAt: Date | null;
  readonly settledAt: Date | null;
  readonly outcome: Readonly<Record<string, unknown>> | null;
}

/** Many people at once: their sessions end in batches, and are told of on the bulk lane. */
export const isBulk = ({ kind }: Target): boolean => kind === 'tenant' || kind === 'application' || kind === 'group';

export const isBarrable = ({ kind }: Target): boolean => kind === 'subject' || kind === 'device';
