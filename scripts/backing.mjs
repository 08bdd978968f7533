// Kafka, PostgreSQL and Redis, real ones, for `npm run stack`, the tests, the bench and the chaos runs. Each by itself:
// from KAFKA_BROKERS, DATABASE_URL, REDIS_URL where set; else in Docker where an engine answers; else on this machine.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MissingError } from './apt.mjs';
import { stopDaemon } from './daemon.mjs';
import { dockerAnswers, startContainers, stopContainers } from './docker.mjs';
import { startKafka } from './kafka.mjs';
import { alone } from './lock.mjs';
import { pidOfPostgres, startPostgres, stopPostgres } from './postgres.mjs';
import { startRedis } from './redis.mjs';

/**
 * @typedef {object} Server
 * @property {'given' | 'docker' | 'native'} from a given one can be neither signalled nor restarted
 * @property {boolean} reused it was running already, from before
 * @property {number | undefined} pid of now, whoever started it
 * @property {(signal: NodeJS.Signals) => void} signal SIGKILL, SIGSTOP, SIGCONT to all of its processes
 * @property {() => Promise<void>} stop
 * @property {(options?: {kill?: boolean, wipe?: boolean}) => Promise<void>} restart at the same place; on the same data
 *   unless `wipe`. Also after it was killed. Resolves when it answers
 *
 * @typedef {object} Backing
 * @property {Server & {brokers: string, wipeTopics: () => Promise<void>}} kafka `wipeTopics`: no topic, group or offset
 *   of Curfew's is left; whoever used them must have ended
 * @property {Server & {url: string, freshDatabase: (name?: string) => Promise<FreshDatabase>}} postgres the owner's URL
 * @property {Server & {url: string, flush: () => Promise<void>}} redis
 * @property {{KAFKA_BROKERS: string, DATABASE_URL: string, REDIS_URL: string}} env what a service is to be given
 * @property {() => Promise<void>} stop all but the given ones
 *
 * @typedef {{name: string, url: string, drop: () => Promise<void>}} FreshDatabase
 */

/**
 * Everything is kept below `<dataDir>/backing`; whoever comes next with the same folder takes over what still runs, also
 * beside a stack that runs there: a chaos run does so to get at its servers.
 * Throws what to install where none of the ways is open: tests without them would prove nothing, so nothing is skipped.
 * @param {object} options
 * @param {string} options.dataDir
 * @param {(line: string) => void} [options.log] progress
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {{kafka?: number, postgres?: number, redis?: number}} [options.ports] free ones by default; not for Docker
 * @param {string[]} [options.postgresFlags] e.g. `fsync=off`; not for Docker
 * @param {boolean} [options.redisAppendOnly] not for Docker
 * @returns {Promise<Backing>}
 */
export function startBacking({ dataDir, ...options }) {
  const folder = path.resolve(dataDir, 'backing');
  // Two that start at once would both find nothing to take over.
  return alone(path.join(folder, 'lock'), () => startOrTakeOver({ folder, ...options }));
}

async function startOrTakeOver({ folder, log = () => {}, env = process.env, ports = {}, ...options }) {
  const given = { kafka: env.KAFKA_BROKERS, postgres: env.DATABASE_URL, redis: env.REDIS_URL };
  const wanted = Object.keys(given).filter((name) => !given[name]);
  const containers =
    wanted.length > 0 && dockerAnswers() ? await startContainers({ folder, names: wanted, log }) : undefined;
  const native = {
    kafka: () => startKafka({ folder: path.join(folder, 'kafka'), port: ports.kafka, log }),
    postgres: () =>
      postgresServer({ dataDir: path.join(folder, 'postgres'), port: ports.postgres, flags: options.postgresFlags }),
    redis: () =>
      startRedis({ folder: path.join(folder, 'redis'), port: ports.redis, appendOnly: options.redisAppendOnly, log }),
  };
  const start = async (name, urlIn) => {
    if (given[name]) return { server: outside(name), url: given[name] };
    if (containers) return { server: tagged(containers.server(name), 'docker'), url: containers.urls[name] };
    const server = await native[name]();
    return { server: tagged(server, 'native'), url: server[urlIn] };
  };
  // Kafka first: its JVM starts while initdb holds this process.
  const results = await Promise.allSettled([
    start('kafka', 'brokers'),
    start('postgres', 'url'),
    start('redis', 'url'),
  ]);
  const failures = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
  if (failures.length > 0) {
    // Not those that somebody else may be using.
    await Promise.allSettled(results.map(({ value }) => (value?.server.reused ? undefined : value?.server.stop())));
    if (!failures.some((failure) => failure instanceof MissingError)) throw failures[0];
    const all = failures.map(({ message }) => `- ${message}`).join('\n');
    throw new MissingError(`${all}\nOr start Docker, or set KAFKA_BROKERS, DATABASE_URL, REDIS_URL to ones that run.`);
  }
  const [kafka, postgres, redis] = results.map(({ value }) => value);
  return {
    kafka: add(kafka.server, { brokers: kafka.url, wipeTopics: () => wipeTopics(kafka) }),
    postgres: add(postgres.server, { url: postgres.url, freshDatabase: (name) => freshDatabase(postgres.url, name) }),
    redis: add(redis.server, { url: redis.url, flush: () => flush(redis.url) }),
    env: { KAFKA_BROKERS: kafka.url, DATABASE_URL: postgres.url, REDIS_URL: redis.url },
    stop: async () => void (await Promise.all([kafka, postgres, redis].map(({ server }) => server.stop()))),
  };
}

/** Stops what a killed run left behind below this folder. */
export async function stopBacking({ dataDir }) {
  const folder = path.resolve(dataDir, 'backing');
  stopContainers({ folder });
  await Promise.all([
    stopDaemon({ name: 'kafka', folder: path.join(folder, 'kafka') }),
    stopDaemon({ name: 'redis', folder: path.join(folder, 'redis') }),
    stopPostgres({ dataDir: path.join(folder, 'postgres') }),
  ]);
}

/**
 * A new, empty database in a running PostgreSQL. Its roles are named after it, so many products and tests share a server.
 * @param {string} ownerUrl @param {string} [name] @returns {Promise<FreshDatabase>}
 */
export async function freshDatabase(ownerUrl, name = `curfew_${randomBytes(6).toString('hex')}`) {
  const { default: pg } = await import('pg');
  const asOwner = async (work) => {
    const client = new pg.Client(ownerUrl);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
  await asOwner((client) => client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`));
  const url = new URL(ownerUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  const drop = () =>
    asOwner(async (client) => {
      await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
      const roles = await client.query('SELECT rolname FROM pg_roles WHERE starts_with(rolname, $1)', [`${name}_`]);
      for (const { rolname } of roles.rows)
        await client.query(`DROP ROLE IF EXISTS ${client.escapeIdentifier(rolname)}`);
    });
  return { name, url: url.href, drop };
}

/**
 * Starts it, or takes over the one that runs on this data, also that of the embedded form.
 * @returns {Promise<Omit<Server, 'from'> & {url: string}>}
 */
export async function postgresServer({ dataDir, port, flags }) {
  const { reused, url, dataDir: place } = await startPostgres({ dataDir, flags, port });
  const signal = (name) => {
    const pid = pidOfPostgres({ dataDir });
    for (const each of pid ? withChildren(pid) : []) kill(each, name);
  };
  const stop = async () => {
    signal('SIGCONT'); // a frozen one hears nothing
    await stopPostgres({ dataDir });
  };
  return {
    url,
    reused,
    get pid() {
      return pidOfPostgres({ dataDir });
    },
    signal,
    stop,
    async restart({ kill: abruptly = false, wipe = false } = {}) {
      if (abruptly || wipe) signal('SIGKILL');
      await stop();
      if (wipe) rmSync(place, { recursive: true, force: true });
      await startPostgres({ dataDir, flags, port: Number(new URL(url).port) });
    },
  };
}

/** Each connection is a process of its own, and a session of its own. */
function withChildren(pid) {
  const parents =
    process.platform === 'linux'
      ? readdirSync('/proc')
          .filter(Number)
          .map((each) => [Number(each), parentOf(each)])
      : spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
          .stdout.trim()
          .split('\n')
          .map((line) => line.trim().split(/\s+/).map(Number));
  return [pid, ...parents.filter(([, parent]) => parent === pid).map(([child]) => child)];
}

function parentOf(pid) {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[1],
    );
  } catch {
    return undefined; // it ended meanwhile
  }
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** A broker of our own begins anew, in a second; from one we were given what is ours is taken away. */
async function wipeTopics({ server, url }) {
  if (server.from !== 'given') return server.restart({ wipe: true });
  const { Kafka, logLevel } = (await import('kafkajs')).default;
  const admin = new Kafka({ brokers: url.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith('curfew.'));
    if (topics.length > 0) await admin.deleteTopics({ topics });
    const ours = /^(signals|policy|registry|fanout|audit)(\.|$)/;
    const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter((id) => ours.test(id));
    // A consumer that was killed counts as a member until its session is over.
    for (const deadline = Date.now() + 15_000; groups.length > 0; await sleep(250)) {
      try {
        await admin.deleteGroups(groups);
        break;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  } finally {
    await admin.disconnect();
  }
}

async function flush(url) {
  const { Redis } = await import('ioredis');
  const redis = new Redis(url, { maxRetriesPerRequest: 3 });
  try {
    await redis.flushdb();
  } finally {
    redis.disconnect();
  }
}

function outside(name) {
  const refuse = () => {
    throw new Error(`${name} was given from outside: it can be neither signalled nor restarted from here`);
  };
  return {
    from: 'given',
    reused: true,
    pid: undefined,
    signal: refuse,
    stop: async () => {},
    restart: async () => refuse(),
  };
}

/** Not a spread: `pid` is read anew each time. */
const add = (server, more) => Object.defineProperties(server, Object.getOwnPropertyDescriptors(more));
const tagged = (server, from) => add(server, { from });
