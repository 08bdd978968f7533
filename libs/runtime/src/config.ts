import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SERVICES, type ServiceName } from '@curfew/contracts';
import { canonicalCidr } from './cidr.js';

export interface Config {
  readonly dataDir: string;
  readonly host: string;
  readonly basePort: number;
  /** Owner credentials for migrations; the services themselves connect as roles of their own at the same place. */
  readonly databaseUrl: URL;
  readonly migrate: boolean;
  /** Absent: the embedded form, on the in-process transport. */
  readonly kafkaBrokers: readonly string[] | undefined;
  /** Absent: the embedded form, on the in-memory index. */
  readonly redisUrl: string | undefined;
  /** 32 bytes: seals private keys, signs plan tokens, and gives the database roles their passwords. */
  readonly masterKey: Buffer;
  /** Base of the issuers: itself for the tenant `default`, `<base>/t/{tenant}` for the others. */
  readonly issuer: string | undefined;
  readonly bootstrapKey: string | undefined;
  /** CIDRs that deliveries may reach although they are not public. */
  readonly allowedPrivateDestinations: readonly string[];
  /** Where those find the others who ask them something over HTTP, `{service}` being the name of one; absent: on this machine. */
  readonly serviceHost: string | undefined;
  readonly logLevel: string;
  readonly logFile: string | undefined;
}

export class ConfigError extends Error {}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** Reads the environment. Throws a `ConfigError` that names every variable at fault. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const faults: string[] = [];
  const check = <T>(name: string, read: (value: string) => T, fallback: T): T => {
    const value = env[name];
    if (value === undefined || value === '') return fallback;
    try {
      return read(value);
    } catch (error) {
      faults.push(`${name}: ${(error as Error).message}`);
      return fallback;
    }
  };
  const dataDir = path.resolve(env.CURFEW_DATA_DIR || '.curfew');
  const config: Config = {
    dataDir,
    host: env.CURFEW_HOST || '127.0.0.1',
    basePort: check('CURFEW_BASE_PORT', (value) => integer(value, 1, 65_000), 4100),
    databaseUrl: check('DATABASE_URL', (value) => new URL(value), new URL('postgres://127.0.0.1:5432/curfew')),
    migrate: env.CURFEW_MIGRATE !== 'never',
    kafkaBrokers: check(
      'KAFKA_BROKERS',
      (value) => value.split(',').map((broker) => broker.trim()),
      undefined as readonly string[] | undefined,
    ),
    redisUrl: check('REDIS_URL', (value) => new URL(value).href, undefined as string | undefined),
    masterKey: check('CURFEW_MASTER_KEY', masterKeyFrom, Buffer.alloc(0)),
    issuer: check('CURFEW_ISSUER', (value) => new URL(value).href.replace(/\/$/, ''), undefined as string | undefined),
    bootstrapKey: check('CURFEW_BOOTSTRAP_KEY', bootstrapKey, undefined as string | undefined),
    allowedPrivateDestinations: check(
      'CURFEW_ALLOWED_PRIVATE_DESTINATIONS',
      (value) => value.split(',').map((cidr) => canonicalCidr(cidr.trim())),
      [] as readonly string[],
    ),
    serviceHost: env.CURFEW_SERVICE_HOST || undefined,
    logLevel: check('CURFEW_LOG_LEVEL', (value) => oneOf(value, LOG_LEVELS), 'info'),
    logFile: env.CURFEW_LOG_FILE || undefined,
  };
  if (faults.length > 0) throw new ConfigError(faults.join('; '));
  return config.masterKey.length > 0 ? config : { ...config, masterKey: masterKeyOf(dataDir) };
}

/** Where a service listens: the base port in the embedded form, one port each from it otherwise. */
export function portOf(config: Config, services: readonly ServiceName[]): number {
  return services.length > 1 ? config.basePort : config.basePort + 1 + SERVICES.indexOf(services[0]!);
}

/** Embedded: the one listener. Else each at its port, on this machine or where `CURFEW_SERVICE_HOST` says. */
export function originOf(config: Config, service: ServiceName): string {
  const embedded = config.kafkaBrokers === undefined;
  const port = portOf(config, embedded ? SERVICES : [service]);
  const here = config.host === '0.0.0.0' ? '127.0.0.1' : config.host;
  return `http://${(config.serviceHost ?? here).replaceAll('{service}', service)}:${port}`;
}

export const derivedSecret = (config: Config, purpose: string): string =>
  createHmac('sha256', config.masterKey).update(purpose).digest('base64url');

/**
 * Kept in the data directory when none is given: made once, by whichever process comes first. It appears whole, since
 * services that start together look for it at the same instant.
 */
function masterKeyOf(dataDir: string): Buffer {
  const file = path.join(dataDir, 'master.key');
  const half = `${file}.${process.pid}`;
  mkdirSync(dataDir, { recursive: true });
  if (!existsSync(file)) {
    writeFileSync(half, randomBytes(32).toString('base64'), { mode: 0o600 });
    try {
      linkSync(half, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(half);
    }
  }
  return masterKeyFrom(readFileSync(file, 'utf8').trim());
}

function masterKeyFrom(text: string): Buffer {
  const key = Buffer.from(text, 'base64');
  if (key.length !== 32) throw new Error('must be 32 bytes in base64');
  return key;
}

function bootstrapKey(text: string): string {
  if (!/^[\x21-\x7e]{16,200}$/.test(text)) throw new Error('must be 16 to 200 visible ASCII characters');
  return text;
}

function integer(text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(`must be a whole number from ${least} to ${most}`);
  return value;
}

function oneOf(text: string, choices: readonly string[]): string {
  if (!choices.includes(text)) throw new Error(`must be one of ${choices.join(', ')}`);
  return text;
}
