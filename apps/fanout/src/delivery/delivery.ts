import { GIVE_UP_AFTER_MS, nextAttemptAt } from './retry-schedule.js';

export type DeliveryState = 'planned' | 'accepted' | 'confirmed' | 'rejected' | 'abandoned';

/** Telling one application about one ended session. */
export interface Delivery {
  readonly tenant: string;
  readonly deliveryId: string;
  readonly sessionId: string;
  readonly sid: string;
  readonly clientId: string;
  readonly subjectId: string;
  readonly revocationId: string | null;
  readonly cause: string;
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly bulk: boolean;
  readonly originAt: Date;
  readonly plannedAt: Date;
  /** When it was last sent again by hand; null: never. */
  readonly requeuedAt: Date | null;
  readonly deadlineAt: Date;
  readonly state: DeliveryState;
  readonly dueAt: Date;
  readonly attempts: number;
  readonly rejections: number;
  readonly firstRejectedAt: Date | null;
  readonly repeatAt: Date | null;
  readonly breachedAt: Date | null;
}

/** One that a worker holds: only its holder writes the outcome. */
export interface LeasedDelivery extends Delivery {
  readonly leaseToken: string;
  readonly leasedUntil: Date;
  readonly attemptStartedAt: Date;
}

/** What an application answered; data, not an exception. */
export type AttemptOutcome =
  /** 2xx: it says so. */
  | {
      readonly kind: 'accepted';
      readonly status: number;
      readonly receipt: 'none' | 'verified' | 'disputed';
      readonly detail: string | null;
      readonly receiptJws: string | null;
    }
  /** 400: it refuses this token (OIDC Back-Channel Logout §2.8). */
  | { readonly kind: 'refused'; readonly status: 400; readonly detail: string | null }
  /** Any other answer. */
  | {
      readonly kind: 'failed';
      readonly status: number;
      readonly detail: string | null;
      readonly retryAfterMs: number | null;
    }
  /** None in time, or none at all. */
  | { readonly kind: 'unreachable'; readonly detail: string };

export interface Attempt {
  readonly number: number;
  readonly jti: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly outcome: AttemptOutcome;
}

/** Three fresh tokens, the first and the last this far apart, and it is no accident any more. */
const REJECTED_AFTER = 3;
const REJECTED_WITHIN_MS = 10_000;

export interface Transition {
  readonly state: DeliveryState;
  /** Null when it is final. */
  readonly dueAt: Date | null;
  readonly rejections: number;
  readonly firstRejectedAt: Date | null;
  readonly disputed: boolean;
}

/** A delivery and the outcome of a try: what becomes of it. */
export function afterAttempt(
  delivery: Delivery,
  { finishedAt, startedAt, outcome }: Attempt,
  random: number,
): Transition {
  const { rejections, firstRejectedAt } = delivery;
  if (outcome.kind === 'accepted') {
    return {
      state: outcome.receipt === 'verified' ? 'confirmed' : 'accepted',
      dueAt: null,
      rejections,
      firstRejectedAt,
      disputed: outcome.receipt === 'disputed',
    };
  }
  const refused = outcome.kind === 'refused';
  const counted = {
    rejections: rejections + (refused ? 1 : 0),
    firstRejectedAt: refused ? (firstRejectedAt ?? finishedAt) : firstRejectedAt,
  };
  const forGood =
    refused &&
    counted.rejections >= REJECTED_AFTER &&
    finishedAt.getTime() - counted.firstRejectedAt!.getTime() >= REJECTED_WITHIN_MS;
  if (forGood) return { ...counted, state: 'rejected', dueAt: null, disputed: false };
  const { plannedAt, requeuedAt, deadlineAt } = delivery;
  if (finishedAt.getTime() - (requeuedAt ?? plannedAt).getTime() >= GIVE_UP_AFTER_MS)
    return { ...counted, state: 'abandoned', dueAt: null, disputed: false };
  const dueAt = nextAttemptAt({
    attempts: delivery.attempts,
    now: finishedAt,
    startedAt,
    // Sent again after its deadline it begins with short steps anew, not with those of its age.
    deadlineAt: requeuedAt !== null && requeuedAt > deadlineAt ? requeuedAt : deadlineAt,
    retryAfterMs: outcome.kind === 'failed' ? outcome.retryAfterMs : null,
    random,
  });
  return { ...counted, state: 'planned', dueAt, disputed: false };
}

/** Does the endpoint work? A refused token says that it does. */
export const reached = ({ kind }: AttemptOutcome): boolean => kind === 'accepted' || kind === 'refused';
