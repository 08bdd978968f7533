import { Problem } from '@curfew/contracts';
import type { SignedInPerson } from './principal.js';

/** Whether somebody has authenticated as lately, and in the way, that their tenant asks for. */
export function isFresh({ authenticatedAt, acr, stepUp }: SignedInPerson, at: number): boolean {
  if (!stepUp) return true;
  return at - authenticatedAt.getTime() <= stepUp.seconds * 1_000 && (stepUp.acr === null || stepUp.acr === acr);
}

/** In the words of RFC 9470 §3, which has them in a header. */
export const stepUpRequired = ({ stepUp, authenticatedAt, acr }: SignedInPerson): Problem =>
  new Problem('step_up_required', undefined, {
    ...{ maxAge: stepUp!.seconds, acrValues: stepUp!.acr },
    ...{ authenticatedAt: authenticatedAt.toISOString(), acr },
  });
