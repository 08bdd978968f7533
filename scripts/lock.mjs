// One at a time, also across processes; one that died holding the lock holds it no longer.
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSame, readNote, startOf } from './daemon.mjs';

/** @template T @param {string} file @param {() => Promise<T>} work @returns {Promise<T>} */
export async function alone(file, work) {
  const mine = { pid: process.pid, startedAt: startOf(process.pid) };
  const half = `${file}.${process.pid}`;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(half, JSON.stringify(mine));
  try {
    while (!taken(half, file)) {
      const holder = readNote(file);
      if (holder && !isSame(holder)) rmSync(file, { force: true });
      else await sleep(50);
    }
    try {
      return await work();
    } finally {
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(half, { force: true });
  }
}

/** A link appears whole, or not at all. */
function taken(half, file) {
  try {
    linkSync(half, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}
