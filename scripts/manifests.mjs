// Reads docker-compose.yml and k8s/ as the tools do that will use them, none of which has to be there beforehand:
//   node scripts/manifests.mjs compose <file> …     the configuration, resolved, as `docker compose config` sees it
//   node scripts/manifests.mjs render <folder>      what `kubectl apply -k` would apply
//   node scripts/manifests.mjs validate <file>      each manifest in it, against its schema; nothing unknown passes
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { stringify, parseAllDocuments } from 'yaml';
import { ensureCommands, has } from './apt.mjs';
import { cacheFolder, once } from './cache.mjs';

const KUBERNETES = '1.34';
const VALIDATOR = 'kubernetes-validate==1.37.0';
const KUSTOMIZE = 'v5.5.0';
const KEDA_MODELS = '@kubernetes-models/keda@0.4.2';

/** @throws what the tool says is wrong */
function compose(...files) {
  const options = files.flatMap((file) => ['-f', file]);
  // Compose as a plugin of Docker's client needs no engine to read a file; nor does Debian's older docker-compose.
  if (spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status === 0)
    return run('docker', ['compose', ...options, 'config']);
  ensureCommands({ 'docker-compose': 'docker-compose' }, { for: 'Reading the compose file' });
  return run('docker-compose', [...options, 'config']);
}

async function render(folder) {
  if (has('kubectl')) return run('kubectl', ['kustomize', folder]);
  if (has('kustomize')) return run('kustomize', ['build', folder]);
  if (!has('go'))
    throw new Error('Rendering k8s/ needs kubectl (https://kubernetes.io/docs/tasks/tools), kustomize or Go');
  const binary = path.join(cacheFolder('kustomize'), KUSTOMIZE);
  await once(binary, (half) => {
    run('go', ['install', `sigs.k8s.io/kustomize/kustomize/v5@${KUSTOMIZE}`], { ...process.env, GOBIN: `${half}.d` });
    run('mv', [path.join(`${half}.d`, 'kustomize'), half]);
    rmSync(`${half}.d`, { recursive: true });
  });
  return run(binary, ['build', folder]);
}

async function validate(file) {
  const documents = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS());
  const ours = documents.filter(({ apiVersion }) => !apiVersion.startsWith('keda.sh/'));
  const keda = documents.filter((document) => !ours.includes(document));
  const problems = [...(await problemsOfKubernetes(ours)), ...(await problemsOfKeda(keda))];
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return `${documents.length} manifests are valid`;
}

/** The schemas of every Kubernetes version are inside the package. */
async function problemsOfKubernetes(documents) {
  const environment = path.join(cacheFolder('kubernetes'), VALIDATOR);
  const python = path.join(environment, 'bin', 'python');
  if (!existsSync(`${environment}.ok`)) {
    ensureCommands({ python3: 'python3' }, { for: 'Checking Kubernetes manifests' });
    // Where it is made it stays: a virtual environment can't be moved.
    if (spawnSync('python3', ['-m', 'venv', environment]).status !== 0) {
      ensureCommands({ 'python3 -m venv': 'python3-venv' }, { for: 'Checking Kubernetes manifests' });
      run('python3', ['-m', 'venv', environment]);
    }
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', VALIDATOR]);
    writeFileSync(`${environment}.ok`, '');
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'curfew-manifests-'));
  try {
    const file = path.join(folder, 'manifests.yaml');
    writeFileSync(file, documents.map((document) => stringify(document)).join('---\n'));
    const args = ['-m', 'kubernetes_validate', '-k', KUBERNETES, '--strict', '--quiet', file];
    const { stdout, stderr, status } = spawnSync(python, args, { encoding: 'utf8' });
    // A kind it has no schema for is a warning to it; here it is one that nobody has checked.
    const said = `${stdout}${stderr}`.trim().split('\n').filter(Boolean);
    return status !== 0 && said.length === 0 ? [`kubernetes-validate ended with ${status}`] : said;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** KEDA's own schema, as an npm package brings it along compiled. Of fields it does not know it says nothing. */
async function problemsOfKeda(documents) {
  const folder = path.join(cacheFolder('keda'), KEDA_MODELS.replaceAll('/', '+'));
  await once(folder, (half) =>
    run('npm', ['install', '--prefix', half, '--no-audit', '--no-fund', '--ignore-scripts', '--silent', KEDA_MODELS]),
  );
  const require = createRequire(path.join(folder, 'package.json'));
  return documents.flatMap((document) => {
    const { kind, metadata } = document;
    try {
      const Model = require(`@kubernetes-models/keda/keda.sh/v1alpha1/${kind}`)[kind];
      new Model(document).validate();
      return [];
    } catch (error) {
      return [`${kind}/${metadata?.name}: ${error.message}`];
    }
  });
}

function run(file, args, env = process.env) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { env, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(error?.message ?? (stderr || stdout).trim());
  return stdout;
}

const [command, ...args] = process.argv.slice(2);
try {
  const jobs = { compose, render, validate };
  if (!jobs[command] || args.length === 0) throw new Error('usage: manifests.mjs compose|render|validate <path>');
  process.stdout.write(`${await jobs[command](...args)}\n`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
