import { Problem, type ApprovalRule } from '@curfew/contracts';
import { isUuid, type Principal } from '@curfew/runtime';
import type { Target } from '../barrier/barrier.js';

export const APPROVAL_STATES = ['pending', 'approved', 'rejected', 'expired'] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

/** A kill that takes a second person (N-04). */
export interface Approval {
  /** Of the revocation it becomes. */
  readonly revocationId: string;
  readonly state: ApprovalState;
  readonly target: Target;
  readonly bar: boolean;
  readonly reason: string;
  /** Null: the usual one. */
  readonly deadlineSeconds: number | null;
  /** That would have ended when it was asked for. */
  readonly sessions: number;
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly decisionReason: string | null;
}

/** Off, until an owner says otherwise: where there is one administrator nobody could approve. */
export const INITIAL_RULE: ApprovalRule = {
  aboveSessions: null,
  tenantWide: false,
  withinSeconds: 900,
  countedSeconds: null,
};

/** `sessions`: with those that whoever asks has ended lately, where that counts. */
export const takesTwo = ({ aboveSessions, tenantWide }: ApprovalRule, { kind }: Target, sessions: number): boolean =>
  (tenantWide && kind === 'tenant') || (aboveSessions !== null && sessions > aboveSessions);

/** Whether the number of sessions matters at all: it is not counted for nothing. */
export const isOn = ({ aboveSessions, tenantWide }: ApprovalRule): boolean => tenantWide || aboveSessions !== null;

/** Applications and brokers end the sessions of who signs out, however many do: nobody's kill. */
export const isKillOfSomebody = ({ roles }: Pick<Principal, 'roles'>): boolean =>
  roles.some((role) => role !== 'application' && role !== 'broker');

/**
 * Throws `own_revocation` for whoever asked for it, and for a key that was made since: an owner could else make the
 * second person.
 */
export function assertAnother({ requestedBy, revocationId }: Approval, { actor, keyId }: Principal): void {
  const isNewer = isUuid(keyId) && madeAtMs(keyId) >= madeAtMs(revocationId);
  if (actor === requestedBy || isNewer) throw new Problem('own_revocation');
}

/** A UUIDv7 begins with its instant. */
const madeAtMs = (uuid: string): number => Number.parseInt(uuid.replaceAll('-', '').slice(0, 12), 16);
