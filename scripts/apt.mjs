// Programs a machine may lack: installed where Debian's apt is there and we may use it, else asked for.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { StartError } from './settings.mjs';

/** Something is to be installed by whoever reads it: told without a stack trace. */
export class MissingError extends StartError {}

export function has(command) {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * @param {Record<string, string>} wanted command → Debian package
 * @param {{for: string, log?: (line: string) => void}} options
 * @throws what to install, where it could not be done here
 */
export function ensureCommands(wanted, { for: purpose, log = () => {} }) {
  const missing = Object.keys(wanted).filter((command) => !has(command));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((command) => wanted[command]))];
  const ask = `${purpose} needs ${missing.join(' and ')}: install ${missing.length > 1 ? 'them' : 'it'} (Debian: apt-get install ${packages.join(' ')})`;
  const apt = aptGet();
  if (!apt) throw new MissingError(ask);
  log(`installing ${packages.join(', ')} …`);
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);
  if (install().status === 0) return;
  apt('update'); // a machine that never listed its packages, or did so long ago
  const { status, stderr } = install();
  if (status !== 0) throw new MissingError(`${ask}: apt-get said ${stderr.trim().slice(-500)}`);
}

function aptGet() {
  if (process.platform !== 'linux' || !has('apt-get')) return undefined;
  const prefix = process.getuid() === 0 ? [] : ['sudo', '-n'];
  if (prefix.length > 0 && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) return undefined;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return (...args) => {
    const [file, ...rest] = [...prefix, 'apt-get', '-qq', ...args];
    return spawnSync(file, rest, { env, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  };
}
