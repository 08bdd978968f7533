import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PLANTED, TREE, type Files } from './planted.js';

const root = path.resolve(__dirname, '..', '..');
const config = path.join(root, '.dependency-cruiser.cjs');
const rules = (createRequire(config)(config) as { forbidden: { name: string }[] }).forbidden.map(({ name }) => name);

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

/** The tool itself, as `npm run lint` runs it. */
function violationsIn(folder: string): string[] {
  const tool = path.join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const args = [tool, 'apps', 'libs', 'demo', 'test', '--config', config, '--output-type', 'json'];
  const report = execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  const { summary } = JSON.parse(report) as { summary: { violations: Violation[]; totalCruised: number } };
  expect(summary.totalCruised).toBeGreaterThan(10); // an empty tree has no violations either
  return summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`).sort();
}

function plant(folder: string, files: Files): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
}

/** A small tree in the shape of ours: what is allowed in it, and what is given on top. */
function inPlantedTree<T>(files: Files, work: (folder: string) => T): T {
  mkdirSync(path.join(root, '.curfew'), { recursive: true });
  const folder = mkdtempSync(path.join(root, '.curfew', 'boundaries-'));
  try {
    for (const name of ['package.json', 'tsconfig.json', 'node_modules'])
      symlinkSync(path.join(root, name), path.join(folder, name));
    plant(folder, TREE);
    plant(folder, files);
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('who may know whom', () => {
  it('holds in the tree', () => {
    expect(violationsIn(root)).toEqual([]);
  });

  it('leaves alone what is allowed', () => {
    expect(inPlantedTree({}, violationsIn)).toEqual([]);
  });

  it('notices a break of every rule, each for what it is', () => {
    const all = Object.assign({}, ...PLANTED.map(({ files }) => files)) as Files;
    const expected = PLANTED.flatMap(({ rule, files, alsoBreaks = [] }) =>
      [rule, ...alsoBreaks].map((name) => `${Object.keys(files)[0]}: ${name}`),
    ).sort();
    expect(inPlantedTree(all, violationsIn)).toEqual(expected);
  });

  it('has a break planted for every rule there is', () => {
    expect(new Set(PLANTED.map(({ rule }) => rule))).toEqual(new Set(rules));
  });
});
