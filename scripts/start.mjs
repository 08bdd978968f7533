// `npm start`: PostgreSQL and all services in one process, then the demo. `npm start -- --no-demo` leaves it empty.
import path from 'node:path';
import { removeEndpoints, SERVICES, untilKeyWorks, writeEndpoints } from './endpoints.mjs';
import { startPostgres } from './postgres.mjs';
import { assertPortFree, holdDataDir, isOrphan, onAskedToStop, Started, startProcess } from './processes.mjs';
import { readSettings, StartError } from './settings.mjs';

const DEMO_DESTINATIONS = '127.0.0.0/8';
const dist = (file) => path.resolve(import.meta.dirname, '..', 'dist', file);
/** As the reader would type it. */
const shown = (file) => {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
};
const seconds = () => `${(performance.now() / 1000).toFixed(1)} s`;

export async function run(args) {
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
  onAskedToStop(
    (reason) => {
      console.log(`\nStopping (${reason}) …`);
      void end(0);
    },
    () => void started.kill(),
  );
  process.on('uncaughtException', (error) => void fail(error));
  if (isOrphan()) return end(0);
  try {
    await start(optionsOf(args), readSettings(), started, fail);
  } catch (error) {
    await fail(error);
  }
}

function optionsOf(args) {
  const unknown = args.find((arg) => arg !== '--no-demo');
  if (unknown) throw new StartError(`Unknown option ${unknown}. Usage: npm start [-- --no-demo]`);
  return { demo: !args.includes('--no-demo') };
}

async function start({ demo }, settings, started, fail) {
  const { dataDir, host, basePort, bootstrapKey, logFile } = settings;
  const url = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${basePort}`;
  const { killed } = await started.add(() => holdDataDir(dataDir));
  await assertPortFree(host, basePort, { killed });
  // Stopped last to first: the applications after the services, whose last words they still take.
  const applications = demo ? await startApplications(url, settings, started, fail) : undefined;
  const { DATABASE_URL: given } = process.env;
  const databaseUrl = given || (await startDatabase(dataDir, started)).url;
  console.log(`  services …  their log: ${shown(logFile)}`);
  const services = await started.add(() =>
    startProcess({
      name: 'services',
      script: dist('services/embedded/main.js'),
      logFile,
      ...(given ? {} : { postgresIn: dataDir }),
      env: {
        ...process.env,
        DATABASE_URL: databaseUrl,
        CURFEW_DATA_DIR: dataDir,
        CURFEW_BASE_PORT: String(basePort),
        CURFEW_BOOTSTRAP_KEY: bootstrapKey.value,
        CURFEW_LOG_FILE: logFile,
        ...(demo && !process.env.CURFEW_ALLOWED_PRIVATE_DESTINATIONS
          ? { CURFEW_ALLOWED_PRIVATE_DESTINATIONS: DEMO_DESTINATIONS }
          : {}),
      },
    }),
  );
  const said = () => `The end of ${shown(logFile)}:\n${services.lastWords()}`;
  void services.ended.then((how) => fail(new StartError(`The services ended (${how}). ${said()}`)));
  const endpoints = Object.fromEntries(SERVICES.map((name) => [name, { url, pid: services.pid }]));
  await untilKeyWorks(endpoints, bootstrapKey.value).catch((error) => {
    throw new StartError(`The services are ${error.message}. ${said()}`);
  });
  // Nothing that could fail comes after the endpoints: from then on an end is the services' own, and is said to be.
  const link = await signInLink(url, bootstrapKey.value);
  await started.add(() => {
    writeEndpoints(dataDir, endpoints);
    return { stop: async () => removeEndpoints(dataDir) };
  });
  console.log(`  services ready (${seconds()})`);
  if (applications) await playDemo(url, settings, applications, said);
  console.log(`\nCurfew is up after ${seconds()}; Ctrl-C stops it.`);
  console.log(`  console        ${url}${link}   signs you in once, within 15 minutes`);
  console.log(`  API            ${url}   described at ${url}/openapi.json`);
  if (bootstrapKey.file) console.log(`  administrator  ${bootstrapKey.value}   kept in ${shown(bootstrapKey.file)}`);
}

/** Never a password that everybody knows. */
async function signInLink(url, key) {
  const response = await fetch(`${url}/console/api/sign-in-links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
  });
  if (!response.ok) throw new StartError(`The console gives no sign-in link: ${await response.text()}`);
  return (await response.json()).path;
}

async function startDatabase(dataDir, started) {
  console.log('  PostgreSQL …');
  return started.add(() => startPostgres({ dataDir: path.join(dataDir, 'postgres') }));
}

async function startApplications(url, { dataDir }, started, fail) {
  const logFile = path.join(dataDir, 'logs', 'demo.log');
  const args = [url, path.join(dataDir, 'demo')];
  const applications = await started.add(() =>
    startProcess({ name: 'applications', script: dist('demo/applications.js'), args, logFile }),
  );
  const listening = new Promise((resolve) => applications.child.once('message', resolve));
  void applications.ended.then((how) =>
    fail(
      new StartError(`The demo's applications ended (${how}). ${shown(logFile)} says:\n${applications.lastWords()}`),
    ),
  );
  return { child: applications.child, listening };
}

async function playDemo(url, { dataDir, bootstrapKey }, { child, listening }, said) {
  const { play } = await import('../dist/demo/play.js');
  const stage = {
    curfewUrl: url,
    administratorKey: bootstrapKey.value,
    folder: path.join(dataDir, 'demo'),
    applications: child,
    listening,
    say: (line) => console.log(line),
  };
  await play(stage).catch((error) => {
    const hint =
      error.code === 'destination_forbidden'
        ? `CURFEW_ALLOWED_PRIVATE_DESTINATIONS must allow ${DEMO_DESTINATIONS}, where its applications listen`
        : said();
    throw new StartError(`The demo can't be played, only --no-demo: ${error.message}. ${hint}`);
  });
}
