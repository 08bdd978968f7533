/** One server-sent event, as bytes: made once, however many browsers it goes to. */
export const frameOf = (event: string, data: unknown, id?: string): Buffer =>
  Buffer.from(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
