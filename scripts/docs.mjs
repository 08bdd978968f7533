// `npm run docs`: writes what is generated from the code below docs/. `--check` writes nothing and exits 1 with the list
// of files that are stale, missing or left over. `--folder <folder>` works on another folder than docs/.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const root = path.resolve(import.meta.dirname, '..');

/** Everything below these is generated: a file that should not be there is as stale as one that is missing. */
const GENERATED = ['openapi', 'schemas', 'asyncapi.yaml', 'policy-document.schema.json'];

export async function run(args) {
  const { values } = parseArgs({ args, options: { check: { type: 'boolean' }, folder: { type: 'string' } } });
  const folder = path.resolve(values.folder ?? path.join(root, 'docs'));
  const { generate } = await import('./docs/generate.mjs');
  const wanted = await generate(root);
  const stale = staleIn(folder, wanted);
  if (values.check) {
    for (const file of stale) console.error(`stale: ${file}`);
    if (stale.length > 0) console.error('`npm run docs` writes them anew.');
    process.exitCode = stale.length > 0 ? 1 : 0;
    return;
  }
  for (const file of stale) {
    const target = path.join(folder, file);
    if (!wanted.has(file)) {
      rmSync(target);
      continue;
    }
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, wanted.get(file));
  }
  console.log(stale.length === 0 ? 'The documents are as the code says.' : `wrote ${stale.join(', ')}`);
}

function staleIn(folder, wanted) {
  const there = GENERATED.flatMap((entry) => filesIn(folder, entry));
  const changed = [...wanted].filter(([file, text]) => {
    const target = path.join(folder, file);
    return !existsSync(target) || readFileSync(target, 'utf8') !== text;
  });
  return [...changed.map(([file]) => file), ...there.filter((file) => !wanted.has(file))].sort();
}

function filesIn(folder, entry) {
  const target = path.join(folder, entry);
  if (!existsSync(target)) return [];
  if (path.extname(entry)) return [entry];
  return readdirSync(target).map((name) => path.posix.join(entry, name));
}
