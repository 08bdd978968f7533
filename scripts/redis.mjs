// A real Redis of our own, from the machine's `redis-server`.
import { mkdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { ensureCommands } from './apt.mjs';
import { startDaemon } from './daemon.mjs';
import { freePort } from './postgres.mjs';

/**
 * @param {{folder: string, port?: number, appendOnly?: boolean, log?: (line: string) => void}} options
 *   `appendOnly`: keep the data over a stop; Curfew does not need it, the registry fills its index again
 * @returns {Promise<import('./daemon.mjs').Daemon & {url: string}>}
 */
export async function startRedis({ folder, port, appendOnly = false, log }) {
  ensureCommands({ 'redis-server': 'redis-server' }, { for: 'Redis', log });
  const data = path.join(folder, 'data');
  const settings = (at) => ({
    port: at,
    bind: '127.0.0.1',
    dir: data,
    save: '',
    appendonly: appendOnly ? 'yes' : 'no',
    'maxmemory-policy': 'noeviction', // an evicted barrier would let somebody in
    daemonize: 'no',
  });
  const daemon = await startDaemon({
    name: 'redis',
    folder,
    ports: async () => [port ?? (await freePort())],
    prepare: () => void mkdirSync(data, { recursive: true }),
    command: ([at]) => ({
      file: 'redis-server',
      args: Object.entries(settings(at)).flatMap(([name, value]) => [`--${name}`, String(value)]),
    }),
    answers: async ([at]) => (await say(at, 'PING')) === '+PONG',
    wipe: () => rmSync(data, { recursive: true, force: true }),
  });
  return Object.assign(daemon, { url: `redis://127.0.0.1:${daemon.port}` });
}

/** One inline command, without a client: the first line of the answer, or undefined. */
function say(port, command) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' }, () => socket.write(`${command}\r\n`));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', (data) => {
      resolve(String(data).split('\r\n')[0]);
      socket.destroy();
    });
    socket.once('error', () => resolve(undefined));
    socket.once('close', () => resolve(undefined));
  });
}
