import { Problem } from '@curfew/contracts';
import { isUuid } from '../uuid.js';
import { isPlainText } from './plain-text.js';

/** Lists answer `{items, nextCursor}`; a cursor is opaque to who holds it. */
export const encodeCursor = (position: string | number): string =>
  Buffer.from(JSON.stringify([position])).toString('base64url');

/** What the last row of a page is told from the next by: that is all a cursor holds. */
interface Positions {
  readonly uuid: string;
  readonly text: string;
  readonly number: number;
}

/** Throws `invalid_cursor`: one that this list can't have given out never reaches the database. */
export function decodeCursor<P extends keyof Positions>(
  cursor: string | undefined,
  position: P,
): Positions[P] | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [value, ...more] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (more.length === 0 && IS_POSITION[position](value)) return value as Positions[P];
  } catch {
    // not one of ours, like any other mismatch
  }
  throw new Problem('invalid_cursor');
}

const IS_POSITION: Readonly<Record<keyof Positions, (value: unknown) => boolean>> = {
  uuid: (value) => typeof value === 'string' && isUuid(value),
  text: (value) => typeof value === 'string' && isPlainText(value),
  number: (value) => Number.isSafeInteger(value),
};

/** Of one row more than a page: the page, and where the next one begins. */
export function page<T>(
  rows: readonly T[],
  limit: number,
  positionOf: (row: T) => string | number,
): { items: T[]; nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items[items.length - 1];
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(positionOf(last)) : null };
}
