import fc from 'fast-check';
import { decodeCursor, page } from './cursor.js';

const cursorOf = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const UUID = '0198c7a2-7b1e-7c00-8000-000000000001';

it('there may be none', () => expect(decodeCursor(undefined, 'text')).toBeUndefined());

it.each([
  ['uuid', ['', 'x', 1, null, `${UUID}'`]],
  ['text', [1, null, ['a'], { $ne: 'a' }, 'a\0', 'a\nb']],
  ['number', ['1', null, 1.5, 1e300]],
] as const)('F-70: of a list by %s, no other value reaches the database', (position, values) => {
  for (const value of [...values.map((one) => [one]), [], [UUID, UUID], { 0: UUID }, null, UUID])
    expect(() => decodeCursor(cursorOf(value), position)).toThrow(
      expect.objectContaining({ code: 'invalid_cursor' }) as Error,
    );
  for (const text of ['', '!', cursorOf([UUID]).slice(0, -4)]) expect(() => decodeCursor(text, position)).toThrow();
});

it('whoever follows cursors sees every row once, whatever a page holds', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(), { maxLength: 30 }), fc.integer({ min: 1, max: 10 }), (drawn, limit) => {
      const rows = drawn.sort((a, b) => a - b);
      const seen: number[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const after = decodeCursor(cursor, 'number') ?? -1;
        const found = rows.filter((row) => row > after).slice(0, limit + 1);
        const { items, nextCursor } = page(found, limit, (row) => row);
        expect(items.length).toBeLessThanOrEqual(limit);
        seen.push(...items);
        cursor = nextCursor;
      }
      expect(seen).toEqual(rows);
    }),
  );
});
