import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { docs, root } from './documents.js';

/** The command a person runs; it builds first. */
const check = (folder: string) =>
  spawnSync(process.execPath, [path.join(root, 'scripts', 'run.mjs'), 'docs', '--check', '--folder', folder], {
    encoding: 'utf8',
  });

const stale = (stderr: string) => [...stderr.matchAll(/^stale: (.+)$/gm)].map(([, file]) => file);

describe('npm run docs -- --check', () => {
  it('finds the committed documents as the code says', () => {
    const { status, stderr } = check(docs);
    expect(stale(stderr)).toEqual([]);
    expect(status).toBe(0);
  }, 120_000);

  it('is red where one was changed by hand, is missing, or is left over', () => {
    mkdirSync(path.join(root, '.curfew'), { recursive: true });
    const folder = mkdtempSync(path.join(root, '.curfew', 'docs-'));
    try {
      cpSync(docs, folder, { recursive: true });
      const changed = path.join(folder, 'openapi', 'signals.json');
      writeFileSync(changed, readFileSync(changed, 'utf8').replace('signals.receive', 'signals.accept'));
      rmSync(path.join(folder, 'asyncapi.yaml'));
      writeFileSync(path.join(folder, 'schemas', 'curfew.gone.forgotten.v1.json'), '{}\n');
      const { status, stderr } = check(folder);
      expect(stale(stderr)).toEqual(['asyncapi.yaml', 'openapi/signals.json', 'schemas/curfew.gone.forgotten.v1.json']);
      expect(status).toBe(1);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);
});
