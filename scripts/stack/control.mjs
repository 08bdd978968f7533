// How a command in another terminal reaches the stack that runs: it alone is the parent of the services, so that whatever
// becomes of it, none of them is left behind. A loopback address and a token, in a file only its owner can read.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';

const fileOf = (dataDir) => path.join(dataDir, 'run', 'stack.json');

/**
 * @param {string} dataDir
 * @param {(command: string, body: any) => Promise<unknown>} handle
 */
export async function listenForCommands(dataDir, handle) {
  const token = randomBytes(24).toString('base64url');
  const server = createServer(async (request, response) => {
    const given = Buffer.from(request.headers.authorization ?? '');
    const wanted = Buffer.from(`Bearer ${token}`);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return response.writeHead(401).end();
    const answer = {};
    try {
      let text = '';
      for await (const chunk of request) text += chunk;
      answer.done = await handle(request.url.slice(1), JSON.parse(text));
    } catch (error) {
      answer.failed = error.message;
    }
    response.end(JSON.stringify(answer));
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  mkdirSync(path.dirname(fileOf(dataDir)), { recursive: true });
  forgetStack(dataDir); // the old file would keep its mode
  writeFileSync(fileOf(dataDir), JSON.stringify({ pid: process.pid, port: server.address().port, token }), {
    mode: 0o600,
  });
  return {
    async stop() {
      forgetStack(dataDir);
      server.close();
    },
  };
}

export const forgetStack = (dataDir) => rmSync(fileOf(dataDir), { force: true });

/** Whether a stack ran here that did not end in order, or runs still. */
function noteOf(dataDir) {
  try {
    return JSON.parse(readFileSync(fileOf(dataDir), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Undefined when no stack runs for this data directory. Throws what the stack says went wrong. */
export async function tellStack(dataDir, command, body = {}) {
  const note = noteOf(dataDir);
  if (!note) return undefined;
  let response;
  try {
    response = await fetch(`http://127.0.0.1:${note.port}/${command}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${note.token}` },
      body: JSON.stringify(body),
    });
  } catch {
    return undefined;
  }
  if (response.status !== 200) return undefined; // somebody else listens there by now
  const { done, failed } = await response.json();
  if (failed) throw new Error(failed);
  return { pid: note.pid, done };
}
