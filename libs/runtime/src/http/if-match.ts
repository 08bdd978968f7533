import { Problem } from '@curfew/contracts';

export const etagOf = (version: number | string): string => `"${version}"`;

/** Nobody's save is lost: a change names the version it was made to. Throws `precondition_required` or `precondition_failed`. */
export function assertMatches(ifMatch: string | undefined, version: number | string): void {
  if (ifMatch === undefined) throw new Problem('precondition_required');
  const named = ifMatch.split(',').map((tag) => tag.trim());
  if (!named.includes('*') && !named.includes(etagOf(version)))
    throw new Problem('precondition_failed', `It is at version ${version}`);
}
