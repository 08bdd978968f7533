import type { SubjectReference } from '../signal/signal.js';

/** By the clock on the wall, to the second, without an offset: `2026-11-24T22:00:00`. */
export type WallTime = string;

/** What differs at one occurrence, which keeps the name it would have had. */
export interface Change {
  readonly occurrence: WallTime;
  readonly start: WallTime;
  readonly end: WallTime;
  /** Null: those of the shift. */
  readonly staff: readonly SubjectReference[] | null;
}

/** When it is, as people say it: nothing here is an instant, for a zone may change its rules. */
export interface Schedule {
  /** IANA. */
  readonly zone: string;
  readonly start: WallTime;
  readonly end: WallTime;
  /** An RRULE (RFC 5545 §3.3.10); null: once. */
  readonly recurrence: string | null;
  readonly extraStarts: readonly WallTime[];
  readonly exceptStarts: readonly WallTime[];
  readonly changes: readonly Change[];
}

/** Who is on duty when, and which of their sessions end with it. */
export interface Shift extends Schedule {
  readonly shiftId: string;
  readonly name: string;
  /** Shifts of one ward take turns; null: it stands by itself. */
  readonly ward: string | null;
  readonly staff: readonly SubjectReference[];
  /** Both empty: all of a person's sessions. Else those at one of these workstations or applications. */
  readonly workstations: readonly string[];
  readonly applications: readonly string[];
  /** How much longer its sessions go on than it does. */
  readonly graceSeconds: number;
  /** So long before they end, a warning; 0: none. */
  readonly warnSeconds: number;
  /** Who signs in so long before their shift begins has signed in for it. */
  readonly earlySeconds: number;
}

/** One time a shift takes place. */
export interface Occurrence {
  /** When it begins by the recurrence rule: what it is called, also where this one begins at another hour. */
  readonly occurrence: WallTime;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly staff: readonly SubjectReference[];
}
