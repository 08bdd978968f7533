// Starting and stopping processes so that none is left behind, whichever way this one ends:
// - asked to (Ctrl-C, SIGTERM, a closed terminal), or because npm or its shell is gone: it stops its children in order
// - killed outright: the children notice by themselves, as the channel to their parent breaks, and the services end
//   the PostgreSQL of `npm start` (end-with-parent.mjs); that of the stack waits for the next one
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { readEndpoints, removeEndpoints } from './endpoints.mjs';
import { StartError } from './settings.mjs';

const GRACE_MS = 15_000;
const LEFT_MS = 15_000;
const PARENT_EVERY_MS = 250;
const ONE_PRESS_MS = 1_000;
/** What Node compiled last time it need not compile again (Node >= 22.1; others ignore it): a third of a start. */
const COMPILED = path.resolve(import.meta.dirname, '..', 'node_modules', '.cache', 'curfew-compiled');
/** MiB for what is young: an event is done with within milliseconds, and with 16, the default, a flood of them is copied again and again. */
const YOUNG = '--max-semi-space-size=32';
const END_WITH_PARENT = pathToFileURL(path.join(import.meta.dirname, 'end-with-parent.mjs')).href;

/** Read when this file is loaded, before the long work of installing: npm may die during that. */
const FOREBEARS = forebears();

/**
 * Runs a script of ours in a Node process of its own; what it says goes to the end of `logFile`. `postgresIn`: the data
 * directory of the one it works with, which it takes along when we are killed.
 * @returns {{name: string, pid: number, child: import('node:child_process').ChildProcess, ended: Promise<string>,
 *   stop: () => Promise<void>, lastWords: () => string}} `ended` says how: `exit code 1`, `SIGKILL`.
 */
export function startProcess({ name, script, args = [], env = process.env, logFile, postgresIn }) {
  fs.mkdirSync(path.dirname(logFile), { recursive: true });
  const log = fs.openSync(logFile, 'a');
  const from = fs.fstatSync(log).size;
  const leaving = new URLSearchParams({ dataDir: postgresIn, parent: process.pid });
  const endWithUs = postgresIn ? `${END_WITH_PARENT}?${leaving}` : END_WITH_PARENT;
  const child = spawn(process.execPath, ['--enable-source-maps', YOUNG, '--import', endWithUs, script, ...args], {
    env: { NODE_COMPILE_CACHE: COMPILED, ...env },
    stdio: ['ignore', log, log, 'ipc'],
    detached: process.platform !== 'win32', // a Ctrl-C in the terminal is for us: what depends on another stops first
    windowsHide: true,
  });
  fs.closeSync(log);
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const stop = async () => {
    if (!isRunning(child)) return;
    child.kill('SIGTERM');
    const impatient = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await ended;
    clearTimeout(impatient);
  };
  return { name, pid: child.pid, child, ended, stop, lastWords: () => tail(logFile, { from }) };
}

const isRunning = (child) => child.pid !== undefined && child.exitCode === null && child.signalCode === null;

/**
 * Keeps what was started, to stop it, the last first. What is still starting when the end comes is waited for and then
 * stopped; from then on nothing is started any more.
 */
export class Started {
  #started = [];
  #stopped;

  /** @template {{stop: () => Promise<void>}} T @param {() => T | Promise<T>} begin @returns {Promise<T>} */
  async add(begin) {
    this.assertGoingOn();
    const starting = Promise.resolve(begin());
    this.#started.push(starting.catch(() => undefined));
    const started = await starting;
    this.assertGoingOn();
    return started;
  }

  get stopping() {
    return this.#stopped !== undefined;
  }

  assertGoingOn() {
    if (this.stopping) throw new Error('stopping');
  }

  stop() {
    return (this.#stopped ??= this.#stopAll());
  }

  async #stopAll() {
    for (const started of this.#started.reverse()) await (await started)?.stop();
  }

  /** For whoever asks a second time: the processes are killed, and what they used is then stopped in order. */
  async kill() {
    for (const started of this.#started) (await started)?.child?.kill('SIGKILL');
  }
}

/**
 * Calls `stop` once, with the reason, when this process is to end; `insist` when it is asked again by somebody who does
 * not want to wait. One Ctrl-C may come twice, from the terminal and passed on by npm: that is not insisting.
 */
export function onAskedToStop(stop, insist) {
  let askedAt;
  const ask = (reason) => {
    if (askedAt === undefined) {
      askedAt = Date.now();
      stop(reason);
    } else if (Date.now() - askedAt > ONE_PRESS_MS) insist();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => ask(signal));
  // Without a handler a lost terminal (EPIPE on what we print) would end us with our children still running.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const watch = setInterval(() => {
    if (!isOrphan()) return;
    clearInterval(watch);
    if (askedAt === undefined) ask('npm is gone');
  }, PARENT_EVERY_MS);
  watch.unref();
}

/** Whether npm, or the shell it runs scripts in, has ended without telling us: neither passes SIGTERM on. */
export const isOrphan = () => FOREBEARS.some(({ pid, parent }) => parentOf(pid) !== parent);

/**
 * Us below npm's shell, and that below npm. Without npm nobody is watched: whoever runs the script itself may well mean
 * it to go on when his shell has gone.
 */
function forebears() {
  if (!process.env.npm_lifecycle_event) return [];
  const shell = { pid: process.ppid, parent: parentOf(process.ppid) };
  const us = { pid: process.pid, parent: process.ppid };
  // Elsewhere the shell's parent takes a process to find out, too dear to ask four times a second.
  return process.platform === 'linux' ? [us, shell] : [us];
}

function parentOf(pid) {
  if (pid === process.pid) return process.ppid;
  try {
    // The name, in brackets, may hold anything; what follows it is the state, then the parent.
    return Number(fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[1]);
  } catch {
    return undefined;
  }
}

/**
 * One start at a time may use a data directory: the first to end would stop the PostgreSQL of both. Throws a
 * `StartError`. What is about to end is waited for: a start that was asked to (npm gives the prompt back before it has
 * stopped everything), and what one that was killed has left.
 * @returns {Promise<{killed: boolean, stop: () => Promise<void>}>} `killed`: the last one did not end in order
 */
export async function holdDataDir(dataDir) {
  const file = path.join(dataDir, 'run', 'start.pid');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const holder = () => {
    const pid = numberIn(file);
    return pid !== undefined && pid !== process.pid && isRunningScript(pid, 'run.mjs') ? pid : undefined;
  };
  await until(() => holder() === undefined || readEndpoints(dataDir) !== undefined);
  if (holder() !== undefined) throw new StartError(inUse(dataDir, holder()));
  const killed = fs.existsSync(file);
  fs.writeFileSync(file, `${process.pid}\n`);
  const left = Object.values(readEndpoints(dataDir) ?? {}).map(({ pid }) => pid);
  await until(() => !left.some((pid) => isRunningScript(pid, 'main.js')));
  removeEndpoints(dataDir);
  return { killed, stop: async () => fs.rmSync(file, { force: true }) };
}

async function until(condition) {
  for (const end = Date.now() + GRACE_MS; !condition() && Date.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

function inUse(dataDir, holder) {
  const [endpoint] = Object.values(readEndpoints(dataDir) ?? {});
  const where = endpoint ? ` at port ${new URL(endpoint.url).port}` : '';
  return `${dataDir} is in use by process ${holder}${where}: stop that, or set CURFEW_DATA_DIR and CURFEW_BASE_PORT.`;
}

function numberIn(file) {
  try {
    return Number(fs.readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** After a reboot the number may be somebody else's; where there is no /proc, that is not told apart. */
function isRunningScript(pid, script) {
  if (process.platform === 'linux') {
    try {
      return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(script);
    } catch {
      return false;
    }
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * Throws a `StartError` that names the port and the variable that moves it. `killed`: services whose start was killed end
 * by themselves, those too that were not ready yet and are named nowhere; they are waited for.
 */
export async function assertPortFree(host, port, { killed = false } = {}) {
  const attempt = () =>
    new Promise((resolve) => {
      const server = net.createServer().once('error', resolve);
      server.listen(port, host, () => server.close(() => resolve(undefined)));
    });
  let error = await attempt();
  for (const end = Date.now() + LEFT_MS; killed && error?.code === 'EADDRINUSE' && Date.now() < end;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    error = await attempt();
  }
  const instead = 'set CURFEW_BASE_PORT to another port';
  if (error?.code === 'EADDRINUSE')
    throw new StartError(`Port ${port} is in use: stop what listens there, or ${instead}.`);
  if (error) throw new StartError(`Port ${port} can't be used (${error.code}): ${instead}.`);
}

/**
 * The last lines of a log as a person reads them: what our services write is JSON, and where in the code something was
 * thrown stands in the file. `from` leaves out what was there before.
 */
export function tail(file, { from = 0, count = 12 } = {}) {
  let text = '';
  try {
    text = fs.readFileSync(file).subarray(from).subarray(-64_000).toString('utf8');
  } catch {
    // It was never written.
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^ +at /.test(line));
  return lines.length === 0 ? '(nothing)' : lines.slice(-count).map(readable).join('\n');
}

function readable(line) {
  try {
    const { time, level, service, msg, err } = JSON.parse(line);
    const who = service ? ` ${service}` : '';
    return `${time} ${level}${who}: ${msg}${err ? ` (${err.message})` : ''}`;
  } catch {
    return line;
  }
}
