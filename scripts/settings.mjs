// What `npm start` and `npm run stack` both read from the environment, with the same defaults.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** A fault of whoever started us: told in one line, without a stack trace. */
export class StartError extends Error {}

/**
 * `bootstrapKey.file` is there when nobody gave a key: then one is made once and kept, and may be shown.
 * @returns {{dataDir: string, host: string, basePort: number, logFile: string,
 *   bootstrapKey: {value: string, file?: string}}}
 */
export function readSettings(env = process.env) {
  const dataDir = path.resolve(env.CURFEW_DATA_DIR || '.curfew');
  const basePort = Number(env.CURFEW_BASE_PORT || 4100);
  if (!Number.isInteger(basePort) || basePort < 1 || basePort > 65_000)
    throw new StartError(`CURFEW_BASE_PORT must be a whole number from 1 to 65000, not ${env.CURFEW_BASE_PORT}`);
  try {
    fs.mkdirSync(dataDir, { recursive: true });
  } catch (error) {
    throw new StartError(`CURFEW_DATA_DIR: ${dataDir} can't be made (${error.code})`);
  }
  return {
    dataDir,
    host: env.CURFEW_HOST || '127.0.0.1',
    basePort,
    logFile: path.resolve(env.CURFEW_LOG_FILE || path.join(dataDir, 'logs', 'curfew.log')),
    bootstrapKey: env.CURFEW_BOOTSTRAP_KEY
      ? { value: env.CURFEW_BOOTSTRAP_KEY }
      : keptKey(path.join(dataDir, 'bootstrap.key')),
  };
}

function keptKey(file) {
  try {
    fs.writeFileSync(file, `cfw_${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  return { value: fs.readFileSync(file, 'utf8').trim(), file };
}
