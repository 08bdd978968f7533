// What every broker on this machine shares: jars, a formatted log directory, an archive of loaded classes.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ensureCommands, MissingError } from '../apt.mjs';
import { cacheFolder, once } from '../cache.mjs';
import { freePort } from '../postgres.mjs';

const here = import.meta.dirname;
const JAVA = 17;

/** @typedef {{classpath: string, formatted: string, archive: string | undefined}} KafkaKit */

/**
 * @param {(line: string) => void} [log]
 * @returns {Promise<KafkaKit>}
 */
export async function kafkaKit(log = () => {}) {
  ensureCommands(
    { java: 'default-jdk-headless', mvn: 'maven' },
    { for: `Kafka (a JDK ${JAVA} or newer, and Maven)`, log },
  );
  const version = javaVersion();
  const pom = path.join(here, 'pom.xml');
  const made = createHash('sha256').update(readFileSync(pom)).update(version).digest('hex').slice(0, 12);
  const folder = cacheFolder('kafka', made);
  const lib = path.join(folder, 'lib');

  await once(lib, (half) => {
    log('fetching Kafka from Maven Central (43 MB, once) …');
    const { status, stdout, stderr } = spawnSync(
      'mvn',
      ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${half}`],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`mvn could not fetch Kafka: ${(stdout + stderr).trim().slice(-1_000)}`);
  });
  const jars = readdirSync(lib)
    .sort()
    .map((jar) => path.join(lib, jar));
  const kit = { classpath: jars.join(path.delimiter), formatted: path.join(folder, 'formatted'), archive: undefined };
  const archive = path.join(folder, 'classes.jsa');

  await once(kit.formatted, async (half) => {
    log('preparing Kafka (once) …');
    mkdirSync(half);
    const properties = path.join(folder, `format-${process.pid}.properties`);
    writeFileSync(properties, serverProperties({ port: 1, controllerPort: 2, data: half }));
    const args = [...javaArgs(kit), 'kafka.tools.StorageTool', 'format', '-t', uuid(), '-c', properties];
    const { status, stdout, stderr } = spawnSync('java', args, { encoding: 'utf8' });
    rmSync(properties);
    if (status !== 0) throw new Error(`Kafka's storage could not be formatted: ${(stdout + stderr).slice(-1_000)}`);
  });
  // An archive is a matter of speed alone: a JVM that can't write or read one does without.
  await once(archive, (half) => recordClasses(kit, half)).catch((error) =>
    log(`Kafka starts slower: ${error.message}`),
  );
  return existsSync(archive) ? { ...kit, archive } : kit;
}

/** What the JVM is given before the class it runs. */
export function javaArgs({ classpath, archive }) {
  const heap = (process.env.CURFEW_KAFKA_JVM_OPTS ?? '-Xms128m -Xmx512m').split(/\s+/).filter(Boolean);
  return [
    ...heap,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Djava.awt.headless=true',
    `-Dlog4j2.configurationFile=${path.join(here, 'log4j2.properties')}`,
    ...(archive ? [`-XX:SharedArchiveFile=${archive}`] : []),
    '-cp',
    classpath,
  ];
}

export function serverProperties({ port, controllerPort, data }) {
  return readFileSync(path.join(here, 'server.properties'), 'utf8')
    .replaceAll('@PORT@', String(port))
    .replaceAll('@CONTROLLER_PORT@', String(controllerPort))
    .replaceAll('@DATA@', data);
}

/** As Kafka writes them; one that begins with a dash is an option to its tools. */
export function uuid() {
  const text = randomBytes(16).toString('base64url');
  return text.startsWith('-') ? uuid() : text;
}

/** Runs a broker for a moment; the JVM writes down the classes it had loaded when it ends. */
async function recordClasses(kit, file) {
  const folder = `${file}.broker`;
  const data = path.join(folder, 'data');
  cpSync(kit.formatted, data, { recursive: true });
  const properties = path.join(folder, 'server.properties');
  writeFileSync(properties, serverProperties({ port: await freePort(), controllerPort: await freePort(), data }));
  try {
    await new Promise((resolve, reject) => {
      const args = [`-XX:ArchiveClassesAtExit=${file}`, ...javaArgs(kit), 'kafka.Kafka', properties];
      const broker = spawn('java', args, { stdio: ['ignore', 'pipe', 'ignore'] });
      const tooLong = setTimeout(() => broker.kill('SIGKILL'), 60_000);
      const goesWithUs = () => broker.kill('SIGKILL');
      process.once('exit', goesWithUs);
      let seen = '';
      broker.stdout.on('data', (chunk) => {
        const before = seen.includes('Kafka Server started');
        seen += chunk;
        if (!before && seen.includes('Kafka Server started')) broker.kill('SIGTERM');
      });
      broker.once('error', reject);
      broker.once('exit', () => {
        clearTimeout(tooLong);
        process.off('exit', goesWithUs);
        existsSync(file) ? resolve() : reject(new Error('no class archive was written'));
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function javaVersion() {
  const { stderr, stdout } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = /version "(\d+)[^"]*"/.exec(stderr + stdout);
  if (!version || Number(version[1]) < JAVA)
    throw new MissingError(
      `Kafka needs a JDK ${JAVA} or newer, and \`java\` is ${version?.[0] ?? 'none'}: install one (Debian: apt-get install openjdk-${JAVA}-jdk-headless)`,
    );
  return version[0];
}
