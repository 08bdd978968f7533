// Jest in CommonJS mode: before Node 24.9 Jest can't require() an ES module, and Nest 12 (and jose, uuid …) are nothing
// else. So swc compiles our TypeScript and every package of `"type": "module"` to CommonJS; the results are kept in
// .curfew/jest-cache, so only the first run pays for it.
//
// Each kind of test is a project; `npx jest --selectProjects unit contract` runs two of them.
//   unit      *.spec.ts beside the code            plain functions and fakes: no database, no network
//   int       *.int.spec.ts beside the code        real PostgreSQL, Redis or Kafka
//   contract  test/contract/*.spec.ts              boundaries, OpenAPI, AsyncAPI, application libraries
//   e2e       test/e2e/*.e2e-spec.ts               stories, on the embedded or the distributed form
//   console   test/console/*.spec.ts             what a person does, in a real Chromium, on either form
//   deploy    test/deploy/*.spec.ts                compose and k8s files
//   commands  test/commands/*.spec.ts              `npm start` and `npm run stack` as a user has them
//   keycloak  test/keycloak/*.spec.ts            a transmitter nobody here wrote, on the embedded form; only when named
//   crash     test/crash/*.spec.ts                 kill -9 at each crash point, servers that fail, on either form
//   chaos     test/chaos/*.spec.ts                 the long faults, by `npm run chaos`
// What a project needs to run against (addresses, keys) comes by environment variables: scripts/test.mjs sets them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = import.meta.dirname;
const packages = path.join(root, 'node_modules');

const isEsm = (name) => {
  const file = path.join(packages, name, 'package.json');
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).type === 'module';
};
const esm = readdirSync(packages)
  .flatMap((entry) =>
    entry.startsWith('@') ? readdirSync(path.join(packages, entry)).map((name) => `${entry}/${name}`) : [entry],
  )
  .filter(isEsm);

/** As scripts/build.mjs compiles, but to CommonJS: there swc writes `__dirname` for `import.meta.dirname`. */
const swc = (syntax) => [
  path.join(root, 'test', 'jest', 'swc.cjs'),
  {
    swcrc: false,
    sourceMaps: 'inline',
    module: { type: 'commonjs' },
    jsc: {
      target: 'es2023',
      keepClassNames: true,
      parser: { syntax, decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
  },
];

const shared = {
  rootDir: root,
  id: 'curfew', // one for all: what one project has had compiled, the others take
  cacheDirectory: path.join(root, '.curfew', 'jest-cache'),
  testEnvironment: 'node',
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json'],
  transform: {
    '^.+\\.ts$': swc('typescript'),
    '/node_modules/.+\\.m?js$': swc('ecmascript'),
    '/scripts/.+\\.mjs$': swc('ecmascript'),
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esm.join('|')})/)`],
  moduleNameMapper: {
    '^@curfew/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^jsonc-parser$': '<rootDir>/test/jest/jsonc-parser.cjs',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  collectCoverageFrom: ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts', '!**/*.spec.ts', '!**/main.ts'],
};

const project = (displayName, roots, testRegex) => ({
  ...shared,
  displayName,
  // A folder that is not there yet is no reason to fail the other projects.
  roots: roots.filter((folder) => existsSync(path.join(root, folder))).map((folder) => `<rootDir>/${folder}`),
  testRegex,
});

const PROJECTS = [
  project('unit', ['apps', 'libs', 'demo'], ['(?<!\\.int)\\.spec\\.ts$']),
  project('int', ['apps', 'libs'], ['\\.int\\.spec\\.ts$']),
  project('contract', ['test/contract'], ['\\.spec\\.ts$']),
  project('e2e', ['test/e2e'], ['\\.e2e-spec\\.ts$']),
  // What would show the same in either form is there once.
  project(
    'console',
    ['test/console'],
    [`${process.env.CURFEW_FORM === 'distributed' ? '(?<!\\.embedded)' : ''}\\.spec\\.ts$`],
  ),
  project('deploy', ['test/deploy'], ['\\.spec\\.ts$']),
  project('commands', ['test/commands'], ['\\.spec\\.ts$']),
  project('keycloak', ['test/keycloak'], ['\\.spec\\.ts$']),
  project('crash', ['test/crash'], ['\\.spec\\.ts$']),
  project('chaos', ['test/chaos'], ['\\.spec\\.ts$']),
];

export default {
  projects: PROJECTS.filter(({ roots }) => roots.length > 0),
  coverageProvider: 'v8',
  // Above any limit a test waits with: what it waited for in vain is then what is reported.
  testTimeout: 60_000,
};
