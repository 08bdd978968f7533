import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigError, derivedSecret, portOf, readConfig } from './config.js';

const masterKey = Buffer.alloc(32, 7).toString('base64');
const read = (env: NodeJS.ProcessEnv) => readConfig({ CURFEW_MASTER_KEY: masterKey, ...env });

describe('a configuration that is wrong', () => {
  it('names every variable at fault at once, and never what was secret', () => {
    const faulty = {
      CURFEW_BASE_PORT: '66000',
      DATABASE_URL: 'not an address',
      REDIS_URL: '::::',
      CURFEW_MASTER_KEY: Buffer.from('too short to be one').toString('base64'),
      CURFEW_ISSUER: 'curfew',
      CURFEW_BOOTSTRAP_KEY: 'too short',
      CURFEW_ALLOWED_PRIVATE_DESTINATIONS: '10.0.0.0/8,everything',
      CURFEW_LOG_LEVEL: 'chatty',
    };
    const error = thrownBy(() => read(faulty));
    expect(error).toBeInstanceOf(ConfigError);
    for (const name of Object.keys(faulty)) expect(error.message).toContain(`${name}: `);
    for (const name of ['CURFEW_MASTER_KEY', 'CURFEW_BOOTSTRAP_KEY'] as const)
      expect(error.message).not.toContain(faulty[name]);
  });

  it.each(['0', '-1', '4100.5', 'http', ' ', '1e9'])('has no port %j', (port) => {
    expect(() => read({ CURFEW_BASE_PORT: port })).toThrow('CURFEW_BASE_PORT');
  });

  it.each(['bootstrap key with spaces', 'x'.repeat(15), 'x'.repeat(201), 'schlüssel-mit-umlaut-0'])(
    'has no bootstrap key %j, which no header could carry',
    (key) => expect(() => read({ CURFEW_BOOTSTRAP_KEY: key })).toThrow('CURFEW_BOOTSTRAP_KEY'),
  );
});

describe('what is not set', () => {
  it('has a default, as has what is set to nothing', () => {
    const empty = read({ CURFEW_BASE_PORT: '', DATABASE_URL: '', KAFKA_BROKERS: '', REDIS_URL: '' });
    expect(empty).toEqual(read({}));
    expect(empty).toMatchObject({ basePort: 4100, host: '127.0.0.1', allowedPrivateDestinations: [] });
    expect([empty.kafkaBrokers, empty.redisUrl, empty.issuer, empty.bootstrapKey]).toEqual(Array(4).fill(undefined));
  });
});

describe('F-76: an allowed range', () => {
  it.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::/0', '::/0'],
    ['FD00:0::5/8', 'fd00::/8'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
    ['127.0.0.1/32', '127.0.0.1/32'],
  ])('%s is %s', (text, canonical) => {
    expect(read({ CURFEW_ALLOWED_PRIVATE_DESTINATIONS: text }).allowedPrivateDestinations).toEqual([canonical]);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/-1', 'localhost', '10.0.0.0/8,'])('%j is none', (text) => {
    expect(() => read({ CURFEW_ALLOWED_PRIVATE_DESTINATIONS: text })).toThrow('CURFEW_ALLOWED_PRIVATE_DESTINATIONS');
  });
});

it('lists may have spaces, and the issuer a slash at its end that does not count', () => {
  expect(read({ KAFKA_BROKERS: 'a:1, b:2' }).kafkaBrokers).toEqual(['a:1', 'b:2']);
  expect(read({ CURFEW_ISSUER: 'https://curfew.acme.test/' }).issuer).toBe('https://curfew.acme.test');
});

it('every service has a port of its own, in the embedded form one for all', () => {
  const services = ['signals', 'policy', 'registry', 'fanout', 'audit', 'console'] as const;
  const config = read({});
  expect(new Set(services.map((name) => portOf(config, [name]))).size).toBe(services.length);
  expect(portOf(config, services)).toBe(4100);
});

describe('the master key', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'curfew-config-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is made once, for its owner alone, and found again', () => {
    const first = readConfig({ CURFEW_DATA_DIR: folder });
    expect(first.masterKey).toHaveLength(32);
    expect(readConfig({ CURFEW_DATA_DIR: folder }).masterKey).toEqual(first.masterKey);
    expect(readdirSync(folder)).toEqual(['master.key']);
    expect(statSync(path.join(folder, 'master.key')).mode & 0o077).toBe(0);
  });

  it('gives each purpose a secret of its own, the same at every start', () => {
    expect(derivedSecret(read({}), 'a')).toBe(derivedSecret(read({}), 'a'));
    expect(derivedSecret(read({}), 'a')).not.toBe(derivedSecret(read({}), 'b'));
    const other = read({ CURFEW_MASTER_KEY: Buffer.alloc(32, 8).toString('base64') });
    expect(derivedSecret(other, 'a')).not.toBe(derivedSecret(read({}), 'a'));
  });
});

function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
