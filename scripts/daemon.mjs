// A server of ours that outlives who started it: which process it is stands on disk, so that the next run takes it over
// after a kill -9, and never mistakes a stranger with the same number for it.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @typedef {object} Daemon
 * @property {number} port
 * @property {number} pid changes with a restart
 * @property {boolean} reused it was running already
 * @property {(signal: NodeJS.Signals) => void} signal SIGKILL, SIGSTOP, SIGCONT …: nothing is waited for
 * @property {() => Promise<void>} stop in order, whether it runs, hangs or is dead already
 * @property {(options?: {kill?: boolean, wipe?: boolean}) => Promise<void>} restart on the same port, on the same data
 *   unless `wipe`; resolves when it answers again
 */

/**
 * Starts it, or takes over the one that runs.
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.folder its own: log, data, and the note which process it is
 * @param {() => Promise<number[]>} options.ports asked once; later starts use the same ones
 * @param {(ports: number[]) => {file: string, args: string[]}} options.command
 * @param {(ports: number[]) => void | Promise<void>} [options.prepare] before each start
 * @param {(ports: number[], log: () => string) => Promise<boolean>} options.answers
 * @param {() => void} [options.wipe]
 * @returns {Promise<Daemon>}
 */
export async function startDaemon({ name, folder, ports: choosePorts, command, prepare, answers, wipe }) {
  mkdirSync(folder, { recursive: true });
  const note = noteOf(folder, name);
  const logFile = path.join(folder, `${name}.log`);
  const log = () => readFileSync(logFile, 'utf8').slice(-20_000);
  let running = readNote(note);
  const reused = running !== undefined && isSame(running);
  /** Somebody else with the same folder may have started it anew since. */
  const current = () => (running = readNote(note) ?? running);

  const whenItAnswers = async (ports) => {
    for (const deadline = Date.now() + 60_000; ; await sleep(20)) {
      if (!isSame(running)) throw new Error(`${name} ended at once (${logFile}):\n${log().slice(-2_000)}`);
      if (await answers(ports, log)) return;
      if (Date.now() > deadline) throw new Error(`${name} does not answer after 60 s (${logFile})`);
    }
  };
  const launch = async (ports) => {
    await prepare?.(ports);
    const { file, args } = command(ports);
    const out = openSync(logFile, 'w');
    // Detached: a Ctrl-C in the terminal is for us; it is stopped in order, after those that use it.
    const child = spawn(file, args, { cwd: folder, detached: true, stdio: ['ignore', out, out] });
    closeSync(out);
    const failed = new Promise((_, reject) => child.once('error', reject));
    if (child.pid === undefined) return failed;
    child.unref();
    running = { pid: child.pid, startedAt: startOf(child.pid), ports };
    writeFileSync(`${note}.new`, JSON.stringify(running));
    renameSync(`${note}.new`, note);
    await whenItAnswers(ports);
  };
  const stop = async () => {
    await end(current());
    rmSync(note, { force: true });
  };

  if (reused) {
    signalTo(running, 'SIGCONT'); // a chaos run may have died while it was frozen
    await whenItAnswers(running.ports);
  } else {
    await launch(running?.ports && (await allFree(running.ports)) ? running.ports : await choosePorts());
  }
  return {
    port: running.ports[0],
    get pid() {
      return current().pid;
    },
    reused,
    signal: (signal) => signalTo(current(), signal),
    stop,
    async restart(options = {}) {
      if (options.kill || options.wipe) signalTo(current(), 'SIGKILL');
      await end(current());
      if (options.wipe) wipe?.();
      await launch(running.ports);
    },
  };
}

/** Stops one that was left behind, if it runs. */
export async function stopDaemon({ name, folder }) {
  const left = readNote(noteOf(folder, name));
  if (left) await end(left);
}

const noteOf = (folder, name) => path.join(folder, `${name}.json`);

export function readNote(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Numbers are used again, also by the very next process: the instant it began tells them apart. */
export const isSame = ({ pid, startedAt }) => startedAt !== undefined && startOf(pid) === startedAt;

/** Undefined: no such process, or a zombie that nobody has buried. */
export function startOf(pid) {
  if (process.platform === 'linux') {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  const { stdout } = spawnSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return !stdout || stdout.startsWith('Z') ? undefined : stdout.trim().replace(/^\S+\s+/, '');
}

function signalTo(running, signal) {
  if (isSame(running)) process.kill(running.pid, signal);
}

/** SIGTERM, ten seconds, SIGKILL. One that is frozen has to wake up to hear it. */
async function end(running) {
  signalTo(running, 'SIGTERM');
  signalTo(running, 'SIGCONT');
  for (const deadline = Date.now() + 10_000; isSame(running) && Date.now() < deadline;) await sleep(20);
  signalTo(running, 'SIGKILL');
  while (isSame(running)) await sleep(10);
}

async function allFree(ports) {
  const { createServer } = await import('node:net');
  const free = (port) =>
    new Promise((resolve) => {
      const server = createServer().once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
  return (await Promise.all(ports.map(free))).every(Boolean);
}
