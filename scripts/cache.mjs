// What takes long to fetch and is the same for every checkout and every data directory of a user.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export function cacheFolder(...names) {
  const own = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'curfew');
  const instead = path.join('/var/tmp', `curfew-cache-${process.getuid?.() ?? 0}`);
  for (const base of [own, instead]) {
    try {
      mkdirSync(path.join(base, ...names), { recursive: true });
      return path.join(base, ...names);
    } catch (error) {
      if (base === instead) throw error;
    }
  }
}

/**
 * Makes `target` beside its place and moves it there when it is whole: several may do so at once, and one that was
 * interrupted is made again.
 * @param {string} target
 * @param {(half: string) => void | Promise<void>} make
 */
export async function once(target, make) {
  if (existsSync(target)) return;
  const half = `${target}.${process.pid}`;
  try {
    await make(half);
    renameSync(half, target);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    if (!existsSync(target)) throw error; // somebody else was first: theirs is as good
  }
}
