// The console's pages, by Vite, into dist/console-web with what is sent compressed. Built once: a second build finds
// nothing changed and costs a few milliseconds.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

export const WEB = 'apps/console/web';
/** Of what a first visit loads: the page, its scripts and styles. */
const MOST_KB = 200;

const root = path.resolve(import.meta.dirname, '..');
const out = path.join(root, 'dist', 'console-web');
const stamp = path.join(root, 'dist', '.console-web-stamp');

export async function buildWeb({ quiet = false } = {}) {
  const source = path.join(root, WEB);
  const hash = createHash('sha256').update(readFileSync(import.meta.filename));
  for (const file of readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort())
    hash.update(path.relative(source, file)).update(readFileSync(file));
  const wanted = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(out)) return;
  const { build } = await import('vite');
  rmSync(stamp, { force: true });
  await build({
    root: source,
    configFile: false,
    base: '/console/',
    logLevel: 'warn',
    build: {
      outDir: out,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
    },
    oxc: { jsx: { runtime: 'automatic' } },
  });
  const files = readdirSync(out, { recursive: true }).filter((file) => /\.(html|js|css|svg)$/.test(file));
  const zipped = new Map(
    files.map((file) => [file.replaceAll('\\', '/'), gzipSync(readFileSync(path.join(out, file)), { level: 9 })]),
  );
  for (const [file, content] of zipped) writeFileSync(path.join(out, `${file}.gz`), content);
  const html = readFileSync(path.join(out, 'index.html'), 'utf8');
  const first = [...zipped].filter(([file]) => file === 'index.html' || html.includes(`/console/${file}`));
  const kB = first.reduce((sum, [, { length }]) => sum + length, 0) / 1000;
  if (kB > MOST_KB) throw new Error(`A first visit to the console loads ${kB.toFixed(0)} kB, more than ${MOST_KB}`);
  writeFileSync(stamp, wanted);
  if (!quiet) console.log(`built the console's pages: a first visit loads ${kB.toFixed(0)} kB`);
}
