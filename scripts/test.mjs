// `npm test [-- kind …] [-- --only <pattern>]`: every kind of test, each with its own set-up; the last line counts.
//   checks     types, lint, format           unit, contract, deploy     need nothing
//   int        real Kafka, PostgreSQL, Redis e2e, console, crash        the product itself, once per form
//   commands   `npm start` and `npm run stack` as a user types them
// The crash specs break what the product stands on, so they start servers of their own.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { startBacking } from './backing.mjs';
import { chromium } from './browser.mjs';
import { Durations } from './durations.mjs';
import { onAskedToStop } from './processes.mjs';

const FORMS = ['embedded', 'distributed'];
const KINDS = ['checks', 'unit', 'contract', 'deploy', 'commands', 'int', 'e2e', 'console', 'crash'];
const BY_NAME = ['keycloak'];
const PLAIN = ['unit', 'contract', 'deploy'];
const ON_PRODUCT = ['e2e', 'console', ...BY_NAME];
const NEED_BACKING = ['int', ...ON_PRODUCT];
/** Each uses one core; the longest takes as long as the others. */
const CHECKS = [
  { eslint: ['node_modules/eslint/bin/eslint.js', '.'] },
  {
    'tsc --noEmit': ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit', '--incremental', 'false'],
    'tsc --noEmit (console)': ['node_modules/typescript/bin/tsc', '-p', 'apps/console/web', '--noEmit'],
    prettier: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  },
];
const durations = new Durations();
const dataDir = path.resolve('.curfew', 'test');
/** Of the product under test: seven in a row from here. */
const BASE_PORT = Number(process.env.CURFEW_BASE_PORT || 4600);

export async function run(args) {
  const { kinds, only } = optionsOf(args);
  const total = { passed: 0, failed: 0, skipped: 0 };
  const add = (counts) => Object.keys(total).forEach((key) => (total[key] += counts[key]));
  const stops = [];
  const end = async (code) => {
    for (const stop of stops.reverse()) await stop();
    process.exit(code);
  };
  onAskedToStop(
    () => void end(1),
    () => process.exit(1),
  );
  mkdirSync(dataDir, { recursive: true });
  try {
    if (kinds.includes('checks'))
      await Promise.all(
        CHECKS.map(async (checks) => {
          for (const [name, command] of Object.entries(checks)) add(await check(name, command));
        }),
      );
    const plain = kinds.filter((kind) => PLAIN.includes(kind));
    if (plain.length > 0) add(await jest({ projects: plain, only }));
    if (kinds.includes('commands')) add(await jest({ projects: ['commands'], only }));
    if (kinds.some((kind) => NEED_BACKING.includes(kind))) {
      title('Kafka, PostgreSQL, Redis');
      const backing = await durations.of('servers', () => startBacking({ dataDir, log: (line) => console.log(line) }));
      stops.push(() => backing.stop());
      if (kinds.includes('int')) {
        add(await jest({ projects: ['int'], env: backing.env, only }));
        await backing.kafka.wipeTopics(); // the product is to find none of what those tests sent
        await backing.redis.flush();
      }
      const onProduct = kinds.filter((kind) => ON_PRODUCT.includes(kind));
      if (onProduct.includes('console')) chromium();
      if (onProduct.length > 0)
        for (const form of FORMS) {
          const projects = onProduct.filter((kind) => form === 'embedded' || !BY_NAME.includes(kind));
          if (projects.length > 0) add(await withProduct(form, backing, (env) => jest({ projects, env, only, form })));
        }
      await stops.pop()();
    }
    // One at a time, with the machine to itself: a crash takes the product with it, and what is measured is how soon it is back.
    if (kinds.includes('crash'))
      for (const form of FORMS)
        add(await jest({ projects: ['crash'], env: { CURFEW_FORM: form }, only, form, inBand: true }));
  } catch (error) {
    console.error(error instanceof Error && error.name === 'MissingError' ? error.message : error);
    total.failed++;
  }
  const { passed, failed, skipped } = total;
  for (const stop of stops.splice(0).reverse()) await stop();
  console.log(`\n${durations}`);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  // In CI what was skipped was not tested.
  process.exit(failed > 0 || passed === 0 || (process.env.CI && skipped > 0) ? 1 : 0);
}

function optionsOf(args) {
  const at = args.indexOf('--only');
  const only = at === -1 ? undefined : args[at + 1];
  const asked = at === -1 ? args : args.toSpliced(at, 2);
  const known = [...KINDS, ...BY_NAME];
  const unknown = asked.find((arg) => !known.includes(arg));
  if (unknown !== undefined || (at !== -1 && !only)) {
    console.error(`Usage: npm test [-- ${known.join('|')} …] [--only <pattern of a file's path>]`);
    process.exit(2);
  }
  return { kinds: asked.length > 0 ? asked : KINDS, only };
}

const title = (text) => console.log(`\n── ${text}`);

/** What it says is shown when it has ended: another may be running beside it. */
async function check(name, command) {
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  const code = await durations.of(name, () => new Promise((resolve) => child.once('close', resolve)));
  title(name);
  if (said) console.error(said.trimEnd());
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** All e2e specs of a form share one product, each in tenants of its own. */
async function withProduct(form, backing, work) {
  title(`the product (${form})`);
  const { Form } = await import('../dist/test/support/form.js');
  const database = form === 'distributed' ? await backing.postgres.freshDatabase() : undefined;
  const env = database
    ? { ...backing.env, DATABASE_URL: database.url }
    : { KAFKA_BROKERS: '', DATABASE_URL: '', REDIS_URL: '' }; // all of its own, as a newcomer has it
  // As it runs by default: what it logs then is tested too.
  const running = await durations.of(`start (${form})`, () =>
    Form.start(form, { basePort: BASE_PORT, env: { ...env, CURFEW_LOG_LEVEL: 'info' } }),
  );
  try {
    return await work({ ...env, CURFEW_FORM: form, CURFEW_TEST_DATA_DIR: running.dataDir });
  } finally {
    await running.stop();
    await database?.drop();
  }
}

async function jest({ projects, env = {}, only, form, inBand = false }) {
  const step = `${projects.join(', ')}${form ? ` (${form})` : ''}`;
  title(step);
  const file = path.join(dataDir, 'jest.json');
  rmSync(file, { force: true });
  const args = ['node_modules/jest/bin/jest.js', '--config', 'jest.config.mjs', '--selectProjects', ...projects];
  args.push('--json', '--outputFile', file, '--silent=false', ...(inBand ? ['--runInBand'] : ['--maxWorkers', '2']));
  if (only) args.push('--testPathPatterns', only, '--passWithNoTests');
  const code = await durations.of(step, () => node(args, { ...process.env, ...env }));
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    durations.files(step, result);
    return {
      passed: result.numPassedTests,
      // A file that can't even be loaded has no tests that could fail.
      failed: result.numFailedTests + result.numRuntimeErrorTestSuites || (code === 0 ? 0 : 1),
      skipped: result.numPendingTests + result.numTodoTests,
    };
  } catch {
    console.error(`Jest ended with ${code} and wrote no result`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function node(args, env = process.env) {
  // What Jest prints as JSON goes to its file; what people read comes on stderr.
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((resolve) => child.once('exit', resolve));
}
