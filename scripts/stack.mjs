// `npm run stack`: the distributed form. Real Kafka, PostgreSQL and Redis, and one process per service.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBacking, stopBacking } from './backing.mjs';
import { cacheFolder } from './cache.mjs';
import { removeEndpoints, SERVICES } from './endpoints.mjs';
import { isAlive } from './postgres.mjs';
import { assertPortFree, holdDataDir, isOrphan, onAskedToStop, Started } from './processes.mjs';
import { readSettings, StartError } from './settings.mjs';
import { forgetStack, listenForCommands, tellStack } from './stack/control.mjs';
import { Services } from './stack/services.mjs';

const USAGE = `Usage: npm run stack                                    start, and stay
       npm run stack -- restart <service> … [--kill]    from another terminal, same CURFEW_DATA_DIR
       npm run stack -- stop                            likewise`;
const seconds = () => `${(performance.now() / 1000).toFixed(1)} s`;
/** As the reader would type it. */
const shown = (file) => {
  const relative = path.relative('', file);
  return relative.startsWith('..') ? file : relative;
};

export async function run([command, ...args]) {
  const commands = { restart, stop };
  if (command === undefined) return stay();
  try {
    if (!commands[command]) throw new StartError(USAGE);
    await commands[command](args);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

async function stay() {
  const started = new Started();
  const end = async (code) => {
    await started.stop();
    process.exit(code);
  };
  const fail = async (error) => {
    if (started.stopping) return;
    console.error(error instanceof StartError ? error.message : error);
    await end(1);
  };
  const stopping = (reason) => {
    if (started.stopping) return;
    console.log(`\nStopping (${reason}) …`);
    void end(0);
  };
  onAskedToStop(stopping, () => void started.kill());
  process.on('uncaughtException', (error) => void fail(error));
  if (isOrphan()) return end(0);
  try {
    await start(started, stopping);
  } catch (error) {
    await fail(error);
  }
}

/** The last started is the first to stop: the services while what they stand on still runs. */
async function start(started, stopping) {
  const settings = readSettings();
  const { dataDir, host, basePort, bootstrapKey } = settings;
  const { killed } = await started.add(() => holdDataDir(dataDir));
  for (const index of SERVICES.keys()) await assertPortFree(host, basePort + 1 + index, { killed });

  console.log('  Kafka, PostgreSQL, Redis …');
  const backing = await started.add(() => startBacking({ dataDir, log: (line) => console.log(`  ${line}`) }));
  const servers = Object.entries({ Kafka: backing.kafka, PostgreSQL: backing.postgres, Redis: backing.redis });
  const origin = ({ from, reused }) => (from === 'given' ? 'given' : `${from}${reused ? ', taken over' : ''}`);
  console.log(`  ${servers.map(([name, server]) => `${name} (${origin(server)})`).join(', ')}: ${seconds()}`);

  const env = {
    ...process.env,
    ...backing.env,
    CURFEW_DATA_DIR: dataDir,
    CURFEW_BASE_PORT: String(basePort),
    CURFEW_BOOTSTRAP_KEY: bootstrapKey.value,
    // Most of a service's start is compiling what it imports; from Node 22.1 on that is kept.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? cacheFolder('node'),
  };
  console.log(`  ${SERVICES.join(', ')} …`);
  const services = await started.add(() => new Services({ settings, env, log: (line) => console.log(line) }));
  await started.add(() =>
    listenForCommands(dataDir, async (command, body) => {
      if (command === 'stop') return void setImmediate(stopping, 'npm run stack -- stop');
      started.assertGoingOn();
      return Promise.all(body.services.map((name) => services.restart(name, body)));
    }),
  );
  await started.add(async () => ({ stop: async () => removeEndpoints(dataDir) }));
  await services.start();
  started.assertGoingOn();
  report(services, bootstrapKey);
}

function report(services, bootstrapKey) {
  console.log(`Ready: ${seconds()}`);
  for (const [name, { url, pid }] of Object.entries(services.endpoints))
    console.log(`  ${name.padEnd(9)} ${url}  pid ${String(pid).padEnd(7)} log: ${shown(services.logFile(name))}`);
  if (bootstrapKey.file) console.log(`  The first administrator's API key is in ${shown(bootstrapKey.file)}`);
  console.log('  One of them again: npm run stack -- restart fanout.   End: Ctrl-C');
}

async function restart(args) {
  const names = args.filter((arg) => !arg.startsWith('--'));
  const unknown = [
    ...names.filter((name) => !SERVICES.includes(name)),
    ...args.filter((arg) => arg.startsWith('--') && arg !== '--kill'),
  ];
  if (unknown.length > 0 || names.length === 0)
    throw new StartError(`${unknown.length > 0 ? `Unknown: ${unknown.join(', ')}. ` : ''}${USAGE}`);
  const { dataDir } = readSettings();
  const body = { services: names, kill: args.includes('--kill') };
  const told = await tellStack(dataDir, 'restart', body);
  if (!told) throw new StartError(`No stack runs for ${dataDir}: npm run stack`);
  for (const { name, ms, troubles } of told.done)
    console.log(
      troubles.length > 0 ? `${name} answers, but is not ready: ${troubles.join('; ')}` : `${name} is ready (${ms} ms)`,
    );
}

async function stop() {
  const { dataDir } = readSettings();
  const told = await tellStack(dataDir, 'stop');
  if (told) {
    while (isAlive(told.pid)) await sleep(50);
    console.log('Stopped.');
  } else {
    // Its services end with it, which takes a moment; what they stand on does not.
    const held = await holdDataDir(dataDir);
    await stopBacking({ dataDir });
    forgetStack(dataDir);
    await held.stop();
    console.log(`No stack runs for ${dataDir}; nothing of it is left.`);
  }
}
