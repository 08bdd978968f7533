/** One server-sent event, as bytes: made once, however many browsers it goes to. */
const HEAD = Buffer.from('event: sessions\ndata: ');
const TAIL = Buffer.from('\n\n');
const ITEMS = '{"items":';
const NEXT = ',"nextCursor":';

/**
 * A page of the registry's as an event, with the cursor after it: cut out as it came, for to read 50,000 sessions only to
 * write them again is most of what a snapshot would take. Within a text of JSON no quote stands by itself.
 */
export function frameOfPage(body: Buffer): { frame: Buffer; nextCursor: string | null } {
  const end = body.lastIndexOf(NEXT);
  if (!body.subarray(0, ITEMS.length).equals(Buffer.from(ITEMS)) || end < 0) throw new Error('no page of sessions');
  const { nextCursor } = JSON.parse(`{${body.subarray(end + 1).toString()}`) as { nextCursor: string | null };
  return { frame: Buffer.concat([HEAD, body.subarray(ITEMS.length, end), TAIL]), nextCursor };
}

export const frameOf = (event: string, data: unknown, id?: string): Buffer =>
  Buffer.from(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
