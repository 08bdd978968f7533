/** How far apart the tries are until the deadline: at 0, 0.25, 0.5 and 1 s, then every second (design §6). */
const UNTIL_DEADLINE_MS = [250, 250, 500];
const EVERY_MS = 1_000;
const FIRST_AFTER_DEADLINE_MS = 2_000;
const LONGEST_MS = 3_600_000;
const JITTER = 0.2;

export const GIVE_UP_AFTER_MS = 7 * 24 * 3_600_000;

/** A try may take this long. */
export const attemptLimitMs = (now: Date, deadlineAt: Date): number => (now < deadlineAt ? 2_000 : 10_000);

/** Longer than a try: past this another worker takes it for lost. */
export const leaseMs = (now: Date, deadlineAt: Date): number => attemptLimitMs(now, deadlineAt) + 3_000;

export interface Failed {
  /** How many tries there were, this one among them. */
  readonly attempts: number;
  readonly now: Date;
  readonly startedAt: Date;
  readonly deadlineAt: Date;
  readonly retryAfterMs: number | null;
  /** From 0 to 1. */
  readonly random: number;
}

/**
 * When the next try is due, counted from the start of the last, so that one that hangs does not stretch the rhythm.
 * `Retry-After` is obeyed only after the deadline: before it, who asks for patience would be asking for open access.
 */
export function nextAttemptAt({ attempts, now, startedAt, deadlineAt, retryAfterMs, random }: Failed): Date {
  const jittered = (ms: number) => ms * (1 - JITTER + 2 * JITTER * random);
  if (now < deadlineAt) {
    const due = startedAt.getTime() + jittered(UNTIL_DEADLINE_MS[attempts - 1] ?? EVERY_MS);
    return new Date(Math.max(due, now.getTime()));
  }
  // 2, 4, 8 … 3,600 s: 2 s and as long again as has passed since the deadline, so no counter of late tries is kept.
  const sinceDeadline = now.getTime() - deadlineAt.getTime();
  const doubled = Math.min(FIRST_AFTER_DEADLINE_MS + sinceDeadline, LONGEST_MS);
  return new Date(now.getTime() + Math.max(jittered(doubled), Math.min(retryAfterMs ?? 0, LONGEST_MS)));
}
