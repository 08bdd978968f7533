import fc from 'fast-check';
import { decodeCursor, encodeCursor, page } from './cursor.js';

const position = fc.array(fc.oneof(fc.string(), fc.integer()), { minLength: 1, maxLength: 3 });

it('a cursor is read back as it was given out', () => {
  fc.assert(
    fc.property(position, (parts) => {
      expect(decodeCursor(encodeCursor(parts), parts.length)).toEqual(parts);
    }),
  );
  expect(decodeCursor(undefined, 1)).toBeUndefined();
});

it.each([
  '',
  '!',
  'null',
  encodeCursor([]),
  encodeCursor(['a', 'b']),
  Buffer.from('{"0":"a"}').toString('base64url'),
  Buffer.from('[null]').toString('base64url'),
  Buffer.from('[{"$ne":1}]').toString('base64url'),
  Buffer.from('[["a"]]').toString('base64url'),
])('%j is none of one part', (text) =>
  expect(() => decodeCursor(text, 1)).toThrow(expect.objectContaining({ code: 'invalid_cursor' }) as Error),
);

it('whoever follows cursors sees every row once, whatever the page holds', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(), { maxLength: 30 }), fc.integer({ min: 1, max: 10 }), (drawn, limit) => {
      const rows = drawn.sort((a, b) => a - b);
      const seen: number[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const [after] = decodeCursor(cursor, 1) ?? [-1];
        const found = rows.filter((row) => row > Number(after)).slice(0, limit + 1);
        const { items, nextCursor } = page(found, limit, (row) => [row]);
        expect(items.length).toBeLessThanOrEqual(limit);
        seen.push(...items);
        cursor = nextCursor;
      }
      expect(seen).toEqual(rows);
    }),
  );
});
