import { Problem } from '@curfew/contracts';

/** Lists answer `{items, nextCursor}`; a cursor is opaque to who holds it. */
export const encodeCursor = (position: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

/** Throws `invalid_cursor`. */
export function decodeCursor(cursor: string | undefined, parts: number): (string | number)[] | undefined {
  if (cursor === undefined) return undefined;
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (
      Array.isArray(position) &&
      position.length === parts &&
      position.every((part) => ['string', 'number'].includes(typeof part))
    ) {
      return position as (string | number)[];
    }
  } catch {
    // not one of ours, like any other mismatch
  }
  throw new Problem('invalid_cursor');
}

/** Of one row more than a page: the page, and where the next one begins. */
export function page<T>(
  rows: readonly T[],
  limit: number,
  positionOf: (row: T) => readonly (string | number)[],
): { items: T[]; nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items[items.length - 1];
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(positionOf(last)) : null };
}
