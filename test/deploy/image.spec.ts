import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT, services } from './manifests.js';

jest.setTimeout(60_000);

const lines = (file: string) =>
  readFileSync(path.join(ROOT, file), 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
const dockerfile = lines('Dockerfile');

const container = (service: string, ...args: string[]) =>
  spawnSync(process.execPath, [path.join(ROOT, 'scripts', 'service.mjs'), ...args], {
    // A port nobody listens on.
    env: { PATH: process.env.PATH, CURFEW_SERVICE: service, CURFEW_BASE_PORT: '1' },
    encoding: 'utf8',
  });

describe('the image', () => {
  it('is made of files that are there and that .dockerignore lets in', () => {
    const [first, ...rules] = lines('.dockerignore');
    expect(first).toBe('*'); // whatever is not named stays out: .env, .git, data
    const letIn = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1));
    const sources = dockerfile
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources) {
      expect({ source, there: existsSync(path.join(ROOT, source)) }).toEqual({ source, there: true });
      expect(letIn.some((rule) => source === rule || source.startsWith(`${rule}/`))).toBe(true);
    }
  });

  it('holds what runs and no more, and does not run as root', () => {
    const last = dockerfile.slice(dockerfile.findLastIndex((line) => line.startsWith('FROM ')));
    expect(last).toContain('USER node');
    expect(last.some((line) => line.startsWith('HEALTHCHECK '))).toBe(true);
    expect(dockerfile.some((line) => line.startsWith('RUN npm ci --omit=dev'))).toBe(true);
    expect(dockerfile.filter((line) => line.startsWith('FROM ') && !line.includes('node:22-slim'))).toEqual([]);
  });

  it('says which services there are when it is asked for another', () => {
    for (const wrong of ['', 'nobody', '../../etc']) {
      const { status, stderr } = container(wrong);
      expect(status).toBe(2);
      for (const name of services()) expect(stderr).toContain(name);
    }
  });

  it('is unhealthy while its service does not answer', () => {
    expect(container('fanout', 'health').status).toBe(1);
  });
});
