import { SERVICES } from '@curfew/contracts';
import { portOf, readConfig } from '@curfew/runtime';
import path from 'node:path';
import { brokenCopy, readCompose, ROOT, SECRETS, services, tool, type Compose } from './manifests.js';

const FILE = 'docker-compose.yml';
const BACKING = ['kafka', 'postgres', 'redis'];
// The first run fetches the tools.
jest.setTimeout(300_000);

const config = readConfig({ CURFEW_MASTER_KEY: Buffer.alloc(32).toString('base64') });

describe('docker-compose.yml', () => {
  let compose: Compose;
  beforeAll(() => {
    compose = readCompose(path.join(ROOT, FILE));
  });

  it('names the services of apps/, and what they stand on, and nothing else', () => {
    expect(services()).toEqual([...SERVICES].sort());
    expect(Object.keys(compose.services).sort()).toEqual([...services(), ...BACKING].sort());
  });

  it.each(SERVICES)('runs %s from the one image, on its port', (name) => {
    const service = compose.services[name]!;
    const port = portOf(config, [name]);
    expect(service.image).toBe('curfew:dev');
    expect(service.environment).toMatchObject({ CURFEW_SERVICE: name, KAFKA_BROKERS: 'kafka:9092' });
    expect(JSON.stringify(service.ports)).toContain(String(port));
    expect(service.read_only).toBe(true);
    expect(service.depends_on).toMatchObject({
      kafka: { condition: 'service_healthy' },
      postgres: { condition: 'service_healthy' },
    });
  });

  it('gives Redis to the registry and the first key to policy, and to nobody else', () => {
    const having = (name: string) => SERVICES.filter((service) => compose.services[service]!.environment![name]);
    expect(having('REDIS_URL')).toEqual(['registry']);
    expect(having('CURFEW_BOOTSTRAP_KEY')).toEqual(['policy']);
    expect(compose.services.registry!.depends_on).toHaveProperty('redis.condition', 'service_healthy');
  });

  it('knows when each of what they stand on is healthy, and lets Redis evict nothing', () => {
    for (const name of BACKING) expect(compose.services[name]!.healthcheck?.test.length).toBeGreaterThan(1);
    expect(compose.services.redis!.command!.join(' ')).toContain('--maxmemory-policy noeviction');
  });

  it('keeps what holds the data away from everybody else', () => {
    expect(compose.networks.backing!.internal).toBe(true);
    for (const name of BACKING) {
      expect(Object.keys(compose.services[name]!.networks!)).toEqual(['backing']);
      expect(compose.services[name]!.ports).toBeUndefined();
    }
  });

  it('takes every secret from the environment', () => {
    const text = JSON.stringify(compose);
    for (const secret of Object.values(SECRETS)) expect(text).toContain(secret);
    for (const name of Object.keys(SECRETS))
      expect(() => tool('compose', [FILE], { ...SECRETS, [name]: '' })).toThrow('.env.example');
  });

  it('is still valid with the ports that tests use', () => {
    const { kafka } = readCompose(FILE, 'docker-compose.ports.yml').services;
    expect(kafka!.environment!.KAFKA_ADVERTISED_LISTENERS).toContain('kafka:9092,HOST://127.0.0.1:');
    expect(JSON.stringify(kafka!.ports)).toContain('127.0.0.1');
  });
});

describe('a compose file that is wrong', () => {
  it.each([
    ['a key that does not exist', (text: string) => text.replace('healthcheck:', 'healthchek:')],
    ['a service that does not exist', (text: string) => text.replace('redis: { condition:', 'reddis: { condition:')],
    ['a value of the wrong kind', (text: string) => text.replace('read_only: true', 'read_only: [true]')],
    ['YAML that is none', (text: string) => text.replace('services:', 'services: [')],
  ])('is refused: %s', (_, edit) => {
    brokenCopy(FILE, FILE, edit, (copy) => expect(() => readCompose(copy)).toThrow());
  });
});
