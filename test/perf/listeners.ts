import { Agent, get, type IncomingMessage } from 'node:http';
import { clock } from './child.js';
import type { Form } from '../support/form.js';

/** So many at once are let in; a thousand browsers do not come in one instant either. */
const AT_ONCE = 20;

/** Browsers' streams without the browsers: each is signed in and has been sent every session. */
export interface Listeners {
  /** From now on: when each of them was told of that session. */
  next(): (id: string) => Promise<number[]>;
  close(): void;
}

export async function openListeners({ curfew, endpoints }: Form, count: number): Promise<Listeners> {
  const { url } = endpoints.console;
  const signedIn = await fetch(`${url}/console/api/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-curfew-console': '1' },
    body: JSON.stringify({ key: curfew.key }),
  });
  const cookie = signedIn.headers.getSetCookie().map((one) => one.split(';')[0]!)[0]!;
  const agent = new Agent({ maxSockets: Infinity });
  const streams: IncomingMessage[] = [];
  const open = async (): Promise<void> => {
    const stream = await new Promise<IncomingMessage>((resolve, reject) =>
      get(`${url}/console/api/events/sessions`, { agent, headers: { cookie } }, resolve).once('error', reject),
    );
    stream.setEncoding('latin1');
    await heard(stream, 'event: ready');
    streams.push(stream);
  };
  for (let from = 0; from < count; from += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - from) }, open));
  return {
    next: () => {
      let wanted: (id: string) => void = () => undefined;
      const id = new Promise<string>((resolve) => (wanted = resolve));
      const all = Promise.all(streams.map((stream) => told(stream, id)));
      return (one) => {
        wanted(one);
        return all;
      };
    },
    close: () => {
      for (const stream of streams) stream.destroy();
    },
  };
}

/** A session may be told before whoever opened it knows its id. */
async function told(stream: IncomingMessage, id: Promise<string>): Promise<number> {
  const seen: { text: string; at: number }[] = [];
  const keep = (text: string): void => void seen.push({ text, at: clock() });
  stream.on('data', keep);
  const wanted = `"id":"${await id}"`;
  stream.off('data', keep);
  return seen.find(({ text }) => text.includes(wanted))?.at ?? heard(stream, wanted);
}

/** When that text came; parts of two chunks count as one. */
function heard(stream: IncomingMessage, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let rest = '';
    const read = (chunk: string): void => {
      if (!(rest + chunk).includes(text)) {
        rest = chunk.slice(-text.length);
        return;
      }
      stream.off('data', read);
      resolve(clock());
    };
    stream.on('data', read);
    stream.once('close', () => reject(new Error('a stream was closed')));
  });
}
