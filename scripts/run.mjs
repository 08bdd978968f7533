// What package.json's scripts come down to. Each does its own set-up: dependencies first, then the build, then the job.
import path from 'node:path';
import { ensureInstalled } from './install.mjs';
// Notes who started us before the long work of installing: npm may be killed during that.
import './processes.mjs';

const JOBS = ['start', 'test', 'stack', 'bench', 'chaos', 'docs'];

process.chdir(path.resolve(import.meta.dirname, '..'));
const [job, ...args] = process.argv.slice(2);
if (!JOBS.includes(job)) {
  console.error(`usage: node scripts/run.mjs ${JOBS.join('|')} [options]`);
  process.exit(2);
}
ensureInstalled();
const { build } = await import('./build.mjs');
await build({ quiet: true });
const { run } = await import(`./${job}.mjs`);
await run(args);
