// Which code may know which (ARCHITECTURE.md; test/contract/boundaries.spec.ts plants one break for each rule).
// A file's suffix is its layer: none = core, `.store .client` = a port or SQL through the Tx, a further `.http .redis
// .memory .kafka` = one form of a port, `.controller .consumer` = a way in, `.dto .module` = edge.

const TEST_CODE = '\\.(spec|e2e-spec|suite|fake)\\.ts$|^test/|^libs/testing/';
const CORE = '^apps/[^/]+/src/(?!migrations/)[^/]+/[^/.]+(\\.(store|client))?\\.ts$';
const EDGE = '^apps/.+\\.(controller|consumer|worker|dto|module)\\.ts$';
const FORM = '^apps/.+\\.(http|redis|memory|kafka|pg|lua|fake)\\.ts$';

/** Clients of something outside the process; a path within node_modules, or the name itself where it is not installed. */
const IO_PACKAGES = [
  '(^|/)(typeorm|pg|pg-[a-z-]+|ioredis|kafkajs|undici|fastify|express|axios|got|nodemailer)(/|$)',
  '(^|/)@fastify/',
  '(^|/)@nestjs/(?!common(/|$))',
];
const IO_MODULES = '^(node:)?(http|https|http2|net|dns|dgram|tls|fs|child_process|cluster|worker_threads)(/|$)';

/** `hr-inbox` is a way in without the suffix of one; `redeliver` borrows the type of its order from the DTO. */
const CORE_WITH_EDGE = ['^apps/signals/src/inbound/hr-inbox\\.ts$', '^apps/fanout/src/delivery/redeliver\\.ts$'];

/** contracts → policy-rules → messaging → keys → runtime: each may know those before it. Tests and testing may know all. */
const LIBS = ['contracts', 'policy-rules', 'messaging', 'keys', 'runtime', 'testing'];
const libsInOrder = LIBS.slice(0, -1).map((lib, at) => ({
  name: 'libs-in-order',
  comment: `libs/${lib} may know ${LIBS.slice(0, at).join(', ') || 'no other lib'}`,
  severity: 'error',
  from: { path: `^libs/${lib}/`, pathNot: TEST_CODE },
  to: { path: '^libs/', pathNot: LIBS.slice(0, at + 1).map((known) => `^libs/${known}/`) },
}));

module.exports = {
  forbidden: [
    {
      name: 'services-meet-only-through-events',
      comment:
        "A service knows nothing of another but its events (contracts); embedded alone names the services' modules.",
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: '^apps/embedded/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'embedded-sees-only-service-modules',
      severity: 'error',
      from: { path: '^apps/embedded/' },
      to: { path: '^apps/(?!embedded/)', pathNot: '^apps/([^/]+)/src/\\1\\.module\\.ts$' },
    },
    {
      name: 'libs-know-no-apps',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|demo)/' },
    },
    ...libsInOrder,
    {
      name: 'contracts-are-pure',
      comment: 'Events are read by everybody, in every form: nothing but the schema library, not even Node.',
      severity: 'error',
      from: { path: '^libs/contracts/src/', pathNot: TEST_CODE },
      to: { pathNot: ['^libs/contracts/src/', '(^|/)@sinclair/typebox(/|$)'] },
    },
    {
      name: 'core-knows-no-io',
      comment:
        'What decides is kept from what talks to the outside: behind a port, or through the Tx of @curfew/messaging.',
      severity: 'error',
      from: { path: CORE },
      to: { path: [...IO_PACKAGES, IO_MODULES] },
    },
    {
      name: 'core-knows-no-edge',
      comment: 'Core is called by the ways in and given the forms of its ports by the module; it knows neither.',
      severity: 'error',
      from: { path: CORE, pathNot: CORE_WITH_EDGE },
      to: { path: [EDGE, FORM] },
    },
    {
      name: 'libs-by-the-front-door',
      comment: "What is not in a lib's index.ts is its own affair.",
      severity: 'error',
      from: { path: '^(apps|libs|test)/([^/]+)/' },
      to: { path: '^libs/', pathNot: ['^libs/[^/]+/src/index\\.ts$', '^$1/$2/'] },
    },
    {
      name: 'libs-by-their-name',
      comment: '@curfew/<lib>: a relative path into another package breaks as soon as something is moved.',
      severity: 'error',
      from: { path: '^(apps|libs|test)/([^/]+)/' },
      to: { path: '^libs/[^/]+/src/index\\.ts$', pathNot: '^$1/$2/', dependencyTypesNot: ['aliased'] },
    },
    {
      name: 'test-code-stays-in-tests',
      severity: 'error',
      from: { pathNot: TEST_CODE },
      to: { path: TEST_CODE },
    },
    {
      name: 'demo-only-talks-http',
      comment: 'The demo stands for applications and HR systems of other people: all they have is the API.',
      severity: 'error',
      from: { path: '^demo/' },
      to: { path: '^(apps|libs|test)/' },
    },
    {
      name: 'no-circular',
      comment: 'A type that is imported only for its shape is no circle at run time.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'products-run-without-dev-dependencies',
      comment: 'Images are built with `npm ci --omit=dev`.',
      severity: 'error',
      from: { path: '^(apps|libs|demo)/', pathNot: TEST_CODE },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: '(^|/)@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The console's pages are bundled for browsers: of them nothing runs here.
    exclude: { path: ['^dist/', '^apps/console/web/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  },
};
