import type { DutyFacts } from '@curfew/contracts';
import { firstIdentifier, type SubjectReference } from '../signal/signal.js';
import type { Occurrence, Shift } from './shift.js';

/** Somebody asked that a person may stay on longer. */
export interface Extension {
  readonly until: Date;
  readonly reason: string | null;
  readonly askedBy: string;
  readonly askedAt: Date;
  readonly state: 'asked' | 'approved' | 'declined';
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly decisionReason: string | null;
}

export const DUTY_STATES = ['planned', 'on', 'warned', 'ended'] as const;

/** One person at one occurrence of a shift: made an instant a day before at the most, and again while the rules change. */
export interface Duty {
  readonly dutyId: string;
  readonly shiftId: string;
  readonly occurrence: string;
  /** The person, by the first thing they are called by: two rosters that call them alike mean one. */
  readonly person: string;
  readonly subject: SubjectReference;
  readonly startsAt: Date;
  /** By the roster, with its grace. */
  readonly rosterEndsAt: Date;
  readonly extendedUntil: Date | null;
  readonly warnSeconds: number;
  readonly earlySeconds: number;
  /** Null for both: all sessions. */
  readonly applications: readonly string[] | null;
  readonly workstations: readonly string[] | null;
  readonly state: (typeof DUTY_STATES)[number];
  readonly continuedAs: string | null;
  readonly extension: Extension | null;
}

export type Step = 'start' | 'warn' | 'end';

/** What the roster says of a duty; the rest is what has come of it. */
export type Planned = Omit<Duty, 'dutyId' | 'extendedUntil' | 'state' | 'continuedAs' | 'extension'>;

export function plannedOf(shift: Shift, { occurrence, startsAt, endsAt, staff }: Occurrence): Planned[] {
  const people = new Map(staff.map((subject) => [firstIdentifier(subject)!, subject]));
  const everywhere = shift.applications.length + shift.workstations.length === 0;
  return [...people].map(([person, subject]) => ({
    shiftId: shift.shiftId,
    occurrence,
    person,
    subject,
    startsAt,
    rosterEndsAt: after(endsAt, shift.graceSeconds),
    warnSeconds: shift.warnSeconds,
    earlySeconds: shift.earlySeconds,
    applications: everywhere ? null : shift.applications,
    workstations: everywhere ? null : shift.workstations,
  }));
}

export const endsAtOf = ({ rosterEndsAt, extendedUntil }: Pick<Duty, 'rosterEndsAt' | 'extendedUntil'>): Date =>
  extendedUntil !== null && extendedUntil > rosterEndsAt ? extendedUntil : rosterEndsAt;

/** What is to be done about it next, and when; null: nothing any more. */
export function nextStep(duty: Duty): { readonly step: Step; readonly at: Date } | null {
  const endsAt = endsAtOf(duty);
  switch (duty.state) {
    case 'planned':
      return { step: 'start', at: duty.startsAt };
    case 'on':
      return duty.warnSeconds > 0
        ? { step: 'warn', at: latest(duty.startsAt, after(endsAt, -duty.warnSeconds)) }
        : { step: 'end', at: endsAt };
    case 'warned':
      return { step: 'end', at: endsAt };
    case 'ended':
      return null;
  }
}

const AFTER: Readonly<Record<Step, Duty['state']>> = { start: 'on', warn: 'warned', end: 'ended' };

export const afterStep = (duty: Duty, step: Step, continuedAs: string | null = null): Duty => ({
  ...duty,
  state: AFTER[step],
  continuedAs,
});

/** Granted: who was warned already is warned once more. */
export const extended = (duty: Duty, extension: Extension): Duty => ({
  ...duty,
  extension,
  extendedUntil: extension.until,
  state: duty.state === 'warned' ? 'on' : duty.state,
});

/** The duty as which one goes on: when it ends its person is on another, longer one that holds at least where this did. */
export function continuationOf(duty: Duty, ofPerson: readonly Duty[]): Duty | undefined {
  const endsAt = endsAtOf(duty);
  return ofPerson.find(
    (other) =>
      other.dutyId !== duty.dutyId && other.startsAt <= endsAt && endsAtOf(other) > endsAt && holdsWhere(other, duty),
  );
}

/**
 * What was authenticated before this is none of the duty. Whoever comes may sign in a little early; whoever comes from
 * another duty signs in anew when this one begins, or a session of the earlier shift would be used in the later.
 */
export function freshFrom(duty: Duty, ofPerson: readonly Duty[]): Date {
  const early = after(duty.startsAt, -duty.earlySeconds);
  const comesFromAnother = ofPerson.some(
    (other) => other.dutyId !== duty.dutyId && other.startsAt < duty.startsAt && endsAtOf(other) > early,
  );
  return comesFromAnother ? duty.startsAt : early;
}

export const factsOfDuty = (duty: Duty): DutyFacts => ({
  dutyId: duty.dutyId,
  shiftId: duty.shiftId,
  occurrence: duty.occurrence,
  subject: duty.subject,
  startsAt: duty.startsAt.toISOString(),
  endsAt: endsAtOf(duty).toISOString(),
  ...placeOf(duty),
});

/** As it is told: a kind of place that is not named is left out. */
export const placeOf = ({ applications, workstations }: Pick<Duty, 'applications' | 'workstations'>) => ({
  ...(applications?.length ? { applications: [...applications] } : {}),
  ...(workstations?.length ? { devices: [...workstations] } : {}),
});

function holdsWhere(other: Duty, duty: Duty): boolean {
  if (other.applications === null || other.workstations === null) return true;
  const { applications, workstations } = other;
  return (
    duty.applications !== null &&
    duty.applications.every((id) => applications.includes(id)) &&
    (duty.workstations ?? []).every((id) => workstations.includes(id))
  );
}

const after = (instant: Date, seconds: number): Date => new Date(instant.getTime() + seconds * 1000);
const latest = (a: Date, b: Date): Date => (a > b ? a : b);
