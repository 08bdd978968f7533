import type { Principal } from '@curfew/runtime';

/** Somebody who is signed in to the console, and what the console may do in their name: what their key may, no more. */
export interface Administrator {
  readonly principal: Principal;
  readonly key: string;
  readonly tokenHash: string;
  readonly lastSeenAt: Date;
}

/** Where the tenant's policy sets no such limit. */
export const IDLE_MS = 30 * 60_000;
export const LONGEST_MS = 8 * 60 * 60_000;
export const LINK_MS = 15 * 60_000;
/** The last sign of life is written down this often at most. */
export const SEEN_EVERY_MS = 30_000;

/** When a sign-in ends unless its person does something, and which limit that is. */
export interface Deadline {
  readonly at: Date;
  readonly by: 'idle' | 'absolute';
}

export type SignedOut = 'no_session' | 'idle' | 'too_long' | 'key_refused' | 'ended';

/** Why somebody is not signed in any more; undefined while they are. */
export const overSince = ({ at, by }: Deadline, now: Date): SignedOut | undefined =>
  now < at ? undefined : by === 'idle' ? 'idle' : 'too_long';

/** Of who came by an API key: whichever comes first. */
export function deadlineByKey(signedInAt: Date, lastSeenAt: Date, idleMs: number): Deadline {
  const [idle, longest] = [lastSeenAt.getTime() + idleMs, signedInAt.getTime() + LONGEST_MS];
  return idle < longest ? { at: new Date(idle), by: 'idle' } : { at: new Date(longest), by: 'absolute' };
}
