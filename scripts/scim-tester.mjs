// `node scripts/scim-tester.mjs`: a Python that has PyPI's scim2-tester, as JSON; made once for every checkout of a user.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensureCommands, MissingError } from './apt.mjs';
import { cacheFolder, once } from './cache.mjs';

const PACKAGES = ['scim2-tester==0.5.2', 'scim2-client[httpx2]==0.13.2', 'scim2-models==0.12.3', 'httpx2==2.16.2'];
const PURPOSE = 'Testing SCIM with scim2-tester';

ensureCommands({ python3: 'python3' }, { for: PURPOSE });
if (run('python3', '-c', 'import ensurepip').status !== 0)
  ensureCommands({ 'python3-venv': 'python3-venv' }, { for: PURPOSE });
const venv = path.join(cacheFolder('python'), 'scim2-tester-0.5.2');
await once(venv, (half) => {
  must(run('python3', '-m', 'venv', half), 'python3 -m venv');
  must(run(path.join(half, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', ...PACKAGES), 'pip install');
});
console.log(JSON.stringify({ python: path.join(venv, 'bin', 'python') }));

function run(file, ...args) {
  return spawnSync(file, args, { encoding: 'utf8', env: { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1' } });
}

function must({ status, stderr }, what) {
  if (status !== 0) throw new MissingError(`${PURPOSE}: ${what} said ${stderr.trim().slice(-500)}`);
}
