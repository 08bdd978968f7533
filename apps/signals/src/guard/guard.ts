import type { SignalType } from '@curfew/contracts';

/** What a source may tell, and how much of it. */
export interface Guard {
  readonly source: string;
  /** Signals that end access, in one window; null: no limit. */
  readonly most: number | null;
  readonly windowSeconds: number;
  /** Null: of every type. */
  readonly types: readonly string[] | null;
}

export interface Limit {
  readonly most: number;
  readonly windowSeconds: number;
}

/** Of a source nobody has set one for: a company's bad day passes, a hijacked feed does not. */
const LEAST = 100;
export const WINDOW_SECONDS = 600;
/** So many times the busiest window of the month before. */
const LEEWAY = 3;

/** `normal`: the most it told in any one window of the month before. */
export const learnedLimit = (normal: number): Limit => ({
  most: Math.max(LEAST, LEEWAY * normal),
  windowSeconds: WINDOW_SECONDS,
});

/** A rehire ends nothing: as many as there are may come. */
export const endsAccess = (type: SignalType): boolean => type !== 'employment.rehired';

export const HOLD_STATES = ['open', 'approving', 'declining', 'approved', 'declined'] as const;

export interface Hold extends Limit {
  readonly holdId: string;
  readonly source: string;
  readonly state: (typeof HOLD_STATES)[number];
  readonly openedAt: Date;
  readonly decidedAt: Date | null;
  readonly decidedBy: string | null;
  readonly reason: string | null;
  /** How many signals it holds, or held. */
  readonly held: number;
}
