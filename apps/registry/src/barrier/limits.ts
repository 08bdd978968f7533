import type { SessionLimits } from '@curfew/contracts';
import type { Raise } from './barrier.store.js';
import type { Target } from './barrier.js';

/** Which of a subject's sessions a revocation covers, where it does not cover all of them. */
export interface Limits {
  /** Those authenticated until then: of a decision that comes late, what was begun after its hour is none of it. */
  readonly upTo: Date;
  /** Null for both: everywhere. Else those at one of these applications, or on one of these devices. */
  readonly applications: readonly string[] | null;
  readonly devices: readonly string[] | null;
  /** Null: whatever they are called. Else of those only these, by `sid` or `signInId`. */
  readonly sessions: readonly string[] | null;
}

export const limitsOf = ({ authenticatedUpTo, applications, devices, sessions }: SessionLimits): Limits => ({
  upTo: new Date(authenticatedUpTo),
  applications: applications ?? null,
  devices: devices ?? null,
  sessions: sessions ?? null,
});

export const toldLimits = ({ upTo, applications, devices, sessions }: Limits): SessionLimits => ({
  authenticatedUpTo: upTo.toISOString(),
  ...(applications === null ? {} : { applications: [...applications] }),
  ...(devices === null ? {} : { devices: [...devices] }),
  ...(sessions === null ? {} : { sessions: [...sessions] }),
});

/** Some places or some sessions only: there the subject's own barrier would cover too much. */
export const isSomewhere = ({ applications, devices, sessions }: Limits): boolean =>
  applications !== null || devices !== null || sessions !== null;

/**
 * What checks see. Everywhere, the subject's barrier says it; somewhere, each session that ends has its own, and what
 * is opened later is held against the limited barriers: no check pays for them.
 */
export function raisesOf(
  subject: Target,
  limits: Limits,
  sessionIds: readonly string[],
  { epoch, revocationId }: { readonly epoch: bigint; readonly revocationId: string },
): Raise[] {
  if (!isSomewhere(limits)) return [{ target: subject, notBefore: limits.upTo, endsBefore: 0n, revocationId }];
  return sessionIds.map((id) => ({
    target: { kind: 'session', id },
    notBefore: new Date(0),
    endsBefore: epoch,
    revocationId,
  }));
}
