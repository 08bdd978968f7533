// Each service and the packages it uses, by Rolldown, in a few files: dist/services/<service>/main.js. Two thirds of a
// start were finding, reading and compiling two thousand small ones.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';

const dist = path.resolve(import.meta.dirname, '..', 'dist');
const OF_A_PACKAGE = /[\\/]node_modules[\\/]/;

/** @param {string[]} services of those in dist/apps/ */
export async function buildServices(services) {
  const dir = path.join(dist, 'services');
  rmSync(dir, { recursive: true, force: true });
  const bundle = await rolldown({
    input: Object.fromEntries(services.map((name) => [name, path.join(dist, 'apps', name, 'src', 'main.js')])),
    platform: 'node',
    plugins: [{ name: 'as they are', load }],
    // Packages that Nest does without, as long as nobody asks for what they are for.
    onLog: (level, log, handle) => log.code === 'UNRESOLVED_IMPORT' || handle(level, log),
  });
  await bundle.write({
    dir,
    entryFileNames: '[name]/main.js',
    format: 'esm',
    keepNames: true, // Nest, TypeORM and class-validator go by the names of classes
    sourcemap: true,
    // What is one's own comes when it is needed, a service or a library at a time.
    codeSplitting: { groups: [{ name: 'packages', test: OF_A_PACKAGE, minShareCount: 2 }] },
    plugins: [{ name: 'no maps of packages', generateBundle: withoutMaps }],
  });
  await bundle.close();
}

function load(id) {
  // Its UMD form asks for its parts by a name that no bundler can follow.
  if (/jsonc-parser.lib.umd.main\.js$/.test(id)) return "export * as default from '../esm/main.js';";
  const map = `${id}.map`;
  if (OF_A_PACKAGE.test(id) || !existsSync(map)) return undefined;
  return { code: readFileSync(id, 'utf8'), map: readFileSync(map, 'utf8') };
}

/** Twice as long as the code, and Node reads them at each start. */
function withoutMaps(_, files) {
  for (const [name, file] of Object.entries(files))
    if (name.startsWith('packages-') && name.endsWith('.map')) delete files[name];
    else if (name.startsWith('packages-')) file.code = file.code.replace(/^\/\/# sourceMappingURL=.*$/m, '');
}
