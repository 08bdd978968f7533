// `npm run chaos [-- --seed N] [--minutes M] [--only <pattern>]`: the long faults, and random ones under load, on the
// distributed form with servers of its own. The same seed gives the same plan; without one a new seed is drawn and shown.
import { spawn } from 'node:child_process';

const USAGE = 'Usage: npm run chaos [-- --seed N] [--minutes M] [--only <pattern of a file below test/chaos>]';

export async function run(args) {
  const options = optionsOf(args);
  console.log(`Again: npm run chaos -- --seed ${options.seed} --minutes ${options.minutes}`);
  const jest = [
    'node_modules/jest/bin/jest.js',
    '--config',
    'jest.config.mjs',
    '--selectProjects',
    'chaos',
    '--runInBand',
  ];
  if (options.only) jest.push('--testPathPatterns', options.only);
  const env = {
    ...process.env,
    CURFEW_CHAOS_SEED: String(options.seed),
    CURFEW_CHAOS_MINUTES: String(options.minutes),
  };
  const child = spawn(process.execPath, jest, { env, stdio: 'inherit' });
  process.exit((await new Promise((resolve) => child.once('exit', resolve))) ?? 1);
}

function optionsOf(args) {
  const options = { seed: Math.floor(Math.random() * 1_000_000), minutes: 5 };
  for (let at = 0; at < args.length; at += 2) {
    const name = args[at].replace(/^--/, '');
    const value = name === 'only' ? args[at + 1] : Number(args[at + 1]);
    if (!['seed', 'minutes', 'only'].includes(name) || !value || value < 0) {
      console.error(USAGE);
      process.exit(2);
    }
    options[name] = value;
  }
  return options;
}
