/** One server-sent event, as bytes: made once, however many browsers it goes to. */
const TAIL = Buffer.from('\n\n');
const ITEMS = '{"items":';
const NEXT = ',"nextCursor":';

/**
 * A page of the registry's as an event, and what stands after its items: cut out as it came, for to read 50,000 sessions
 * only to write them again is most of what a snapshot would take. Within a text of JSON no quote stands by itself.
 * `idOf`: of what a browser would go on from.
 */
export function frameOfPage<T extends { readonly nextCursor: string | null }>(
  body: Buffer,
  idOf: (rest: T) => string | null = () => null,
): { frame: Buffer; rest: T } {
  const end = body.lastIndexOf(NEXT);
  if (!body.subarray(0, ITEMS.length).equals(Buffer.from(ITEMS)) || end < 0) throw new Error('no page of sessions');
  const rest = JSON.parse(`{${body.subarray(end + 1).toString()}`) as T;
  const id = idOf(rest);
  const head = Buffer.from(`event: sessions\n${id === null ? '' : `id: ${id}\n`}data: `);
  return { frame: Buffer.concat([head, body.subarray(ITEMS.length, end), TAIL]), rest };
}

export const frameOf = (event: string, data: unknown, id?: string): Buffer =>
  Buffer.from(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
