// One swc pass over apps/, libs/, demo/ and what the bench needs of test/ (well under a second): dist/apps/<app>/src/…,
// dist/libs/<lib>/src/…; of these and the packages then each service, dist/services/<service>/main.js.
// `nest build -b swc` compiles an app and not the libs; tsc checks the types (`npm run typecheck`) but is slow to emit.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildWeb, WEB } from './build-web.mjs';
import { SERVICES } from './endpoints.mjs';

const root = path.resolve(import.meta.dirname, '..');
const stamp = path.join(root, 'dist', '.stamp');
const FOLDERS = ['apps', 'libs', 'demo', 'test/perf', 'test/support'];
const SKIPPED = /\.(spec|int\.spec|e2e-spec|suite|fake|d)\.ts$|^libs\/testing\//;

export async function build({ quiet = false } = {}) {
  await Promise.all([buildWeb({ quiet }), buildCode({ quiet })]);
}

async function buildCode({ quiet }) {
  const { paths } = JSON.parse(readFileSync(path.join(root, 'tsconfig.json'), 'utf8')).compilerOptions;
  const files = FOLDERS.filter((folder) => existsSync(path.join(root, folder)))
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true }).map((file) =>
        path.posix.join(folder, file.replaceAll('\\', '/')),
      ),
    )
    .filter((file) => file.endsWith('.ts') && !SKIPPED.test(file) && !file.startsWith(`${WEB}/`));
  const hash = createHash('sha256');
  for (const file of ['scripts/build.mjs', 'scripts/build-services.mjs', 'package-lock.json'])
    hash.update(readFileSync(path.join(root, file)));
  for (const file of files.sort()) hash.update(file).update(readFileSync(path.join(root, file)));
  const wanted = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const { transformFile } = await import('@swc/core'); // not before it is needed: most starts find nothing changed
  for (const folder of FOLDERS) rmSync(path.join(root, 'dist', folder), { recursive: true, force: true });
  await Promise.all(
    files.map(async (file) => {
      const out = path.join(root, 'dist', file.replace(/\.ts$/, '.js'));
      const { code, map } = await transformFile(path.join(root, file), {
        swcrc: false,
        sourceMaps: true,
        module: { type: 'es6', resolveFully: true },
        jsc: {
          target: 'es2023',
          baseUrl: root,
          paths,
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
      });
      mkdirSync(path.dirname(out), { recursive: true });
      writeFileSync(out, `${code}\n//# sourceMappingURL=${path.basename(out)}.map\n`);
      writeFileSync(`${out}.map`, map);
    }),
  );
  const { buildServices } = await import('./build-services.mjs');
  await buildServices([...SERVICES, 'embedded']);
  writeFileSync(stamp, wanted);
  if (!quiet) console.log(`built ${files.length} files`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await build();
