// `node scripts/keycloak.mjs`: a real Keycloak with its Shared Signals transmitter, in memory of nothing but this run. It
// says where it is as one line of JSON, and ends with whoever started it. From Maven Central, once for every checkout of
// a user; built once for the features it has here (a start would else build it), with a database that has its tables.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureCommands } from './apt.mjs';
import { cacheFolder, once } from './cache.mjs';
import { freePort } from './postgres.mjs';

const VERSION = '26.7.3';
const ADMIN = { user: 'admin', password: 'admin' };
const BUILT_FOR = ['--db=dev-file', '--features=ssf', '--cache=local'];
/** Instead of its own: a start is short, and the collector for it the one that starts no threads. */
const JVM = '-Xms256m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.security.egd=file:/dev/urandom';
const STARTS_WITHIN_MS = 120_000;

ensureCommands({ java: 'default-jdk-headless', mvn: 'maven' }, { for: 'Keycloak (a JDK 17 or newer, and Maven)' });
const cache = cacheFolder('keycloak');
const home = path.join(cache, `unpacked-${VERSION}`, `keycloak-${VERSION}`);
const kc = path.join(home, 'bin', 'kc.sh');
const tables = path.join(cache, `tables-${VERSION}`);

await once(path.dirname(home), (half) => {
  const artifact = `-Dartifact=org.keycloak:keycloak-quarkus-dist:${VERSION}:zip`;
  mkdirSync(half); // and there Maven leaves its marks
  const args = ['-B', '-q', 'dependency:unpack', artifact, `-DoutputDirectory=${half}`];
  must(spawnSync('mvn', args, { cwd: half, encoding: 'utf8' }));
});
await once(path.join(cache, `built-${VERSION}`), (half) => {
  must(spawnSync('bash', [kc, 'build', ...BUILT_FOR], { encoding: 'utf8', env: environment() }));
  writeFileSync(half, BUILT_FOR.join(' '));
});
await once(tables, async (half) => {
  const { child, url } = await start(half);
  await untilItAnswers(child, url);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  signal(child, 'SIGTERM'); // it has what is in its files to finish
  await gone;
});

const data = mkdtempSync(path.join(os.tmpdir(), 'curfew-keycloak-'));
cpSync(tables, data, { recursive: true });
const { child, url } = await start(data);
process.once('exit', () => rmSync(data, { recursive: true, force: true }));
for (const asked of ['SIGTERM', 'SIGINT']) process.once(asked, () => process.exit(0));
// Whoever started it holds the other end: when they are gone, whatever they died of, it closes.
process.stdin.resume().once('close', () => process.exit(0));
await untilItAnswers(child, url);
child.once('exit', () => {
  console.error(`Keycloak has ended:\n${child.said.slice(-3_000)}`);
  process.exit(1);
});
console.log(JSON.stringify({ url, ...ADMIN }));

function environment(more = {}) {
  return {
    ...process.env,
    JAVA_OPTS: JVM,
    KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.user,
    KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
    ...more,
  };
}

/** It does not outlive this process, however that ends. */
async function start(folder) {
  const port = await freePort();
  const where = ['--http-enabled=true', '--http-host=127.0.0.1', `--http-port=${port}`, '--hostname-strict=false'];
  const child = spawn('bash', [kc, 'start', '--optimized', ...where], {
    env: environment({ KC_DB_URL_PATH: folder }),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own: the script and its JVM are signalled as one
  });
  process.once('exit', () => signal(child, 'SIGKILL'));
  child.said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (child.said += text));
  return { child, url: `http://127.0.0.1:${port}` };
}

async function untilItAnswers(child, url) {
  for (const deadline = Date.now() + STARTS_WITHIN_MS; ; await sleep(100)) {
    const { ok } = await fetch(`${url}/realms/master`, { signal: AbortSignal.timeout(5_000) }).catch(() => ({
      ok: false,
    }));
    if (ok) return;
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`Keycloak did not start:\n${child.said.slice(-3_000)}`);
  }
}

function signal(child, name) {
  try {
    process.kill(-child.pid, name);
  } catch {
    // gone already
  }
}

function must({ status, stdout, stderr }) {
  if (status !== 0) throw new Error(`Keycloak could not be had: ${(stdout + stderr).trim().slice(-2_000)}`);
}
