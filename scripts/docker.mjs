// The same three servers as containers of docker-compose.yml, where a Docker engine answers.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from './postgres.mjs';

const root = path.resolve(import.meta.dirname, '..');
const files = ['docker-compose.yml', 'docker-compose.ports.yml'].flatMap((file) => ['-f', path.join(root, file)]);
const run = (args, env = process.env) => spawnSync('docker', args, { env, encoding: 'utf8', timeout: 300_000 });

/** An engine that answers, and a compose that can wait for health. */
export const dockerAnswers = () =>
  run(['info']).status === 0 && /v?[2-9]\d*\./.test(run(['compose', 'version', '--short']).stdout ?? '');

/**
 * Volumes and containers are named after the data directory, so the next start takes over what still runs.
 * @param {{folder: string, names: string[], log?: (line: string) => void}} options
 */
export async function startContainers({ folder, names, log = () => {} }) {
  const { ports, password } = await kept(folder);
  const project = projectOf(folder);
  const env = {
    ...process.env,
    KAFKA_HOST_PORT: String(ports.kafka),
    POSTGRES_HOST_PORT: String(ports.postgres),
    REDIS_HOST_PORT: String(ports.redis),
    POSTGRES_PASSWORD: password,
    // The file asks for what the services need; none of them is started from here.
    CURFEW_MASTER_KEY: 'unused',
    CURFEW_BOOTSTRAP_KEY: 'unused',
  };
  const docker = (...args) => {
    const { status, stdout, stderr } = run(args, env);
    if (status !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr.trim().slice(-1_000)}`);
    return stdout.trim();
  };
  const compose = (...args) => docker('compose', '-p', project, ...files, ...args);
  const running = new Set(compose('ps', '--services', '--status', 'running').split('\n'));
  run(['compose', '-p', project, 'unpause', ...names], env); // a chaos run may have died while one was frozen
  log(`starting ${names.join(', ')} in Docker …`);
  compose('up', '-d', '--wait', ...names);

  const server = (name) => ({
    port: ports[name],
    reused: running.has(name),
    get pid() {
      return Number(docker('inspect', '-f', '{{.State.Pid}}', compose('ps', '-aq', name))) || undefined;
    },
    signal(signal) {
      if (signal === 'SIGSTOP')
        compose('pause', name); // all of its processes, as a frozen machine
      else if (signal === 'SIGCONT') compose('unpause', name);
      else compose('kill', '-s', signal, name);
    },
    async stop() {
      compose('stop', name);
    },
    async restart({ kill = false, wipe = false } = {}) {
      compose(...(kill || wipe ? ['kill'] : ['stop']), name);
      if (wipe) {
        compose('rm', '-fv', name);
        docker('volume', 'rm', '-f', `${project}_${name}`);
      }
      compose('up', '-d', '--wait', name);
    },
  });
  return {
    server,
    urls: {
      kafka: `127.0.0.1:${ports.kafka}`,
      postgres: `postgres://curfew:${password}@127.0.0.1:${ports.postgres}/curfew`,
      redis: `redis://127.0.0.1:${ports.redis}`,
    },
  };
}

/** Stops what was left behind, if anything was ever started. */
export function stopContainers({ folder }) {
  if (existsSync(noteOf(folder))) run(['compose', '-p', projectOf(folder), 'stop']);
}

const noteOf = (folder) => path.join(folder, 'docker.json');
const projectOf = (folder) => `curfew-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`;

async function kept(folder) {
  const note = noteOf(folder);
  try {
    return JSON.parse(readFileSync(note, 'utf8'));
  } catch {
    mkdirSync(folder, { recursive: true });
    const ports = { kafka: await freePort(), postgres: await freePort(), redis: await freePort() };
    const made = { ports, password: randomBytes(18).toString('base64url') };
    writeFileSync(note, JSON.stringify(made), { mode: 0o600 });
    return made;
  }
}
