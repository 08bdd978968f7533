// Loaded first into each child (`--import`): when the parent is gone, whatever it died of, the child ends as if asked to.
// `?dataDir=…&parent=<pid>`: and at the end of all it takes along the PostgreSQL there, that nobody else would stop.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pidOfPostgres } from './postgres.mjs';

const LONGEST_MS = 15_000;
const given = new URL(import.meta.url).searchParams;
const dataDir = given.get('dataDir');
const parent = Number(given.get('parent'));

function takeAlong() {
  if (dataDir === null || holder() !== parent) return; // the next start is under way, and takes PostgreSQL over
  const pid = pidOfPostgres({ dataDir: path.join(dataDir, 'postgres') });
  if (pid !== undefined) process.kill(pid, 'SIGINT');
}

function holder() {
  try {
    return Number(readFileSync(path.join(dataDir, 'run', 'start.pid'), 'utf8'));
  } catch {
    return undefined;
  }
}

function end() {
  process.once('exit', takeAlong);
  setTimeout(() => {
    takeAlong();
    process.kill(process.pid, 'SIGKILL');
  }, LONGEST_MS).unref();
  // Not by a signal: one that nobody listens to yet would end us with PostgreSQL still there.
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(1);
}

// It may be gone before we have begun to listen.
if (process.connected) process.on('disconnect', end);
else end();
// Listening alone would keep a child alive that has nothing left to do.
process.channel?.unref();
