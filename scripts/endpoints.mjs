// `<data dir>/run/endpoints.json` says where each service listens. It is there once the bootstrap key works at all of
// them, and never half written: whoever waits for the file may use what it says.
import fs from 'node:fs';
import path from 'node:path';

/** A cheap question to each service that takes a valid key. */
const QUESTIONS = {
  signals: '/v1/signals',
  policy: '/v1/policies/default',
  registry: '/v1/subjects',
  fanout: '/v1/applications',
  audit: '/v1/audit',
  console: '/console/api/me',
};
export const SERVICES = Object.keys(QUESTIONS);

const EVERY_MS = 50;
const fileOf = (dataDir) => path.join(dataDir, 'run', 'endpoints.json');

/**
 * Rejects after `withinMs`, naming those that do not take the key, or when `signal` is aborted.
 * @param {Record<string, {url: string, pid: number}>} endpoints
 */
export async function untilKeyWorks(endpoints, key, { withinMs = 60_000, signal } = {}) {
  const end = performance.now() + withinMs;
  let waiting = Object.entries(endpoints);
  for (;;) {
    const answers = await Promise.all(waiting.map(([name, { url }]) => answerOf(`${url}${QUESTIONS[name]}`, key)));
    signal?.throwIfAborted();
    const named = waiting.map(([name], index) => `${name} (${answers[index]})`);
    waiting = waiting.filter((_, index) => answers[index] !== 200);
    if (waiting.length === 0) return;
    if (performance.now() > end) throw new Error(`not ready within ${withinMs / 1000} s: ${named.join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

async function answerOf(url, key) {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(5_000),
    });
    await response.arrayBuffer(); // unread, it would hold the connection
    return response.status;
  } catch (error) {
    return error.cause?.code ?? error.name;
  }
}

/** @param {Record<string, {url: string, pid: number}>} endpoints */
export function writeEndpoints(dataDir, endpoints) {
  const file = fileOf(dataDir);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const half = `${file}.${process.pid}`;
  fs.writeFileSync(half, `${JSON.stringify(endpoints, null, 2)}\n`);
  fs.renameSync(half, file);
}

/** Undefined when nothing is known to run, or what is written there can't be read. */
export function readEndpoints(dataDir) {
  try {
    return JSON.parse(fs.readFileSync(fileOf(dataDir), 'utf8'));
  } catch {
    return undefined;
  }
}

export const removeEndpoints = (dataDir) => fs.rmSync(fileOf(dataDir), { force: true });
