import type { Principal } from '@curfew/runtime';

/** Somebody who is signed in to the console, and what the console may do in their name: what their key may, no more. */
export interface Administrator {
  readonly principal: Principal;
  readonly key: string;
  readonly tokenHash: string;
  readonly lastSeenAt: Date;
}

/** Of the console itself. */
export const IDLE_MS = 30 * 60_000;
export const LONGEST_MS = 8 * 60 * 60_000;
export const LINK_MS = 15 * 60_000;
/** The last sign of life is written down this often at most. */
export const SEEN_EVERY_MS = 30_000;

export type SignedOut = 'no_session' | 'idle' | 'too_long' | 'key_refused';

/** Why somebody is not signed in any more; undefined while they are. */
export function overSince(
  { signedInAt, lastSeenAt }: { readonly signedInAt: Date; readonly lastSeenAt: Date },
  now: Date,
): SignedOut | undefined {
  if (now.getTime() - lastSeenAt.getTime() >= IDLE_MS) return 'idle';
  if (now.getTime() - signedInAt.getTime() >= LONGEST_MS) return 'too_long';
  return undefined;
}
