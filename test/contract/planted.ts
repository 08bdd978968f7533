/** File → text, below a folder in the shape of this repository. */
export type Files = Readonly<Record<string, string>>;

export interface PlantedBreak {
  readonly rule: string;
  /** The first file is the one that breaks it. */
  readonly files: Files;
  /** Rules that the same line breaks as well. */
  readonly alsoBreaks?: readonly string[];
}

const lib = (name: string, imports = ''): Files => ({
  [`libs/${name}/src/index.ts`]: `export * from './${name}.js';\n`,
  [`libs/${name}/src/${name}.ts`]: `${imports}export const ${name} = 1;\n`,
});

/** What is allowed: each of these lines would be flagged if a rule were wider than it says. */
export const TREE: Files = {
  ...lib('contracts', "import { Type } from '@sinclair/typebox';\nexport const x = Type.String();\n"),
  ...lib(
    'messaging',
    "import { contracts } from '@curfew/contracts';\nimport pg from 'pg';\nexport const x = [contracts, pg];\n",
  ),
  ...lib('keys', "import { messaging } from '@curfew/messaging';\nexport const x = messaging;\n"),
  ...lib(
    'runtime',
    "import { keys } from '@curfew/keys';\nimport { Pool } from 'pg';\nexport const x = [keys, Pool];\n",
  ),
  ...lib('testing', "import { runtime } from '@curfew/runtime';\nexport const x = runtime;\n"),
  'libs/contracts/src/contracts.spec.ts': "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;\n",
  'apps/red/src/red.module.ts': `
    import { Red } from './door/open-door.js';
    import { HttpDoor } from './door/door.client.http.js';
    export const red = [Red, HttpDoor];`,
  'apps/red/src/main.ts':
    "import { runtime } from '@curfew/runtime';\nimport { red } from './red.module.js';\nexport const x = [runtime, red];\n",
  'apps/red/src/door/door.ts': 'export interface Door { open: boolean }\n',
  'apps/red/src/door/door.store.ts':
    "import { messaging } from '@curfew/messaging';\nimport type { Door } from './door.js';\nexport const x = (door: Door) => [door, messaging];\n",
  'apps/red/src/door/door.client.ts':
    "import type { Door } from './door.js';\nexport abstract class DoorClient { abstract send(door: Door): void }\n",
  'apps/red/src/door/door.client.http.ts':
    "import { request } from 'undici';\nimport { DoorClient } from './door.client.js';\nexport class HttpDoor extends DoorClient { send() { void request; } }\n",
  'apps/red/src/door/door.controller.ts':
    "import type { FastifyReply } from 'fastify';\nimport { Red } from './open-door.js';\nexport const x = (reply: FastifyReply) => [reply, Red];\n",
  'apps/red/src/door/open-door.ts':
    "import { Injectable } from '@nestjs/common';\nimport { createHash } from 'node:crypto';\nexport const Red = [Injectable, createHash];\n",
  'apps/red/src/door/open-door.spec.ts':
    "import { testing } from '@curfew/testing';\nimport { Red } from './open-door.js';\nexport const x = [testing, Red];\n",
  'apps/red/src/migrations/1-init.ts': "import { QueryRunner } from 'typeorm';\nexport const x = QueryRunner;\n",
  'apps/blue/src/blue.module.ts': 'export const blue = 1;\n',
  'apps/blue/src/pane/pane.ts': 'export const pane = 1;\n',
  'apps/embedded/src/main.ts': "import { red } from '../../red/src/red.module.js';\nexport const x = red;\n",
  'demo/demo.ts': "import { request } from 'node:http';\nexport const x = request;\n",
  'test/e2e/story.ts':
    "import { red } from '../../apps/red/src/red.module.js';\nimport { runtime } from '@curfew/runtime';\nexport const x = [red, runtime];\n",
};

const importing = (what: string) => `import { x } from '${what}';\nexport const y = x;\n`;

export const PLANTED: readonly PlantedBreak[] = [
  {
    rule: 'services-meet-only-through-events',
    files: { 'apps/red/src/door/knows-blue.ts': importing('../../../blue/src/pane/pane.js') },
  },
  {
    rule: 'services-meet-only-through-events',
    files: {
      'apps/blue/src/pane/types-count.ts':
        "import type { Door } from '../../../red/src/door/door.js';\nexport const y = (door: Door) => door;\n",
    },
  },
  {
    rule: 'embedded-sees-only-service-modules',
    files: { 'apps/embedded/src/door.ts': importing('../../red/src/door/door.js') },
  },
  {
    rule: 'embedded-sees-only-service-modules',
    files: {
      'apps/embedded/src/other-module.ts': importing('../../blue/src/red.module.js'),
      'apps/blue/src/red.module.ts': 'export const x = 1;\n',
    },
  },
  {
    rule: 'libs-know-no-apps',
    files: { 'libs/runtime/src/knows-app.ts': importing('../../../apps/red/src/red.module.js') },
  },
  { rule: 'libs-in-order', files: { 'libs/messaging/src/knows-runtime.ts': importing('@curfew/runtime') } },
  { rule: 'libs-in-order', files: { 'libs/keys/src/knows-runtime.ts': importing('@curfew/runtime') } },
  {
    rule: 'libs-in-order',
    files: { 'libs/contracts/src/knows-messaging.ts': importing('@curfew/messaging') },
    alsoBreaks: ['contracts-are-pure'],
  },
  { rule: 'contracts-are-pure', files: { 'libs/contracts/src/reads-files.ts': importing('node:fs') } },
  { rule: 'contracts-are-pure', files: { 'libs/contracts/src/knows-nest.ts': importing('@nestjs/common') } },
  ...['typeorm', 'pg', 'ioredis', 'kafkajs', 'undici', 'fastify', '@nestjs/core', '@nestjs/swagger'].map((name) => ({
    rule: 'core-knows-no-io',
    files: { [`apps/red/src/door/knows-${name.replaceAll(/[@/]/g, '')}.ts`]: importing(name) },
  })),
  ...['node:http', 'http', 'node:net', 'node:dns', 'node:dns/promises', 'node:fs', 'node:fs/promises'].map((name) => ({
    rule: 'core-knows-no-io',
    files: { [`apps/red/src/door/uses-${name.replaceAll(/[:/]/g, '-')}.ts`]: importing(name) },
  })),
  {
    rule: 'core-knows-no-io',
    files: {
      'apps/red/src/door/type-of-pg.ts':
        "import type { Client } from 'pg';\nexport const y = (client: Client) => client;\n",
    },
  },
  { rule: 'core-knows-no-io', files: { 'apps/red/src/door/window.store.ts': importing('pg') } },
  { rule: 'core-knows-no-io', files: { 'apps/red/src/door/window.client.ts': importing('undici') } },
  { rule: 'core-knows-no-edge', files: { 'apps/red/src/door/knows-controller.ts': importing('./door.controller.js') } },
  { rule: 'core-knows-no-edge', files: { 'apps/red/src/door/knows-form.ts': importing('./door.client.http.js') } },
  {
    rule: 'libs-by-the-front-door',
    files: { 'apps/red/src/door/back-door.ts': importing('../../../../libs/runtime/src/runtime.js') },
  },
  {
    rule: 'libs-by-the-front-door',
    files: { 'libs/runtime/src/back-door.ts': importing('../../messaging/src/messaging.js') },
  },
  {
    rule: 'libs-by-the-front-door',
    files: { 'test/e2e/back-door.ts': importing('../../libs/runtime/src/runtime.js') },
  },
  {
    rule: 'libs-by-their-name',
    files: { 'apps/red/src/door/by-path.ts': importing('../../../../libs/runtime/src/index.js') },
  },
  { rule: 'test-code-stays-in-tests', files: { 'apps/red/src/door/uses-testing.ts': importing('@curfew/testing') } },
  {
    rule: 'test-code-stays-in-tests',
    files: {
      'apps/red/src/red.config.ts': importing('./door/clock.fake.js'),
      'apps/red/src/door/clock.fake.ts': 'export const x = 1;\n',
    },
  },
  {
    rule: 'test-code-stays-in-tests',
    files: {
      'libs/runtime/src/uses-spec.ts': importing('./runtime.spec.js'),
      'libs/runtime/src/runtime.spec.ts': 'export const x = 1;\n',
    },
  },
  { rule: 'demo-only-talks-http', files: { 'demo/knows-app.ts': importing('../apps/red/src/red.module.js') } },
  { rule: 'demo-only-talks-http', files: { 'demo/knows-lib.ts': importing('@curfew/contracts') } },
  {
    rule: 'no-circular', // told once, at the first of the circle
    files: {
      'apps/blue/src/pane/egg.ts': "export { hen as egg } from './hen.js';\n",
      'apps/blue/src/pane/hen.ts': "import { egg } from './egg.js';\nexport const hen = [egg];\n",
    },
  },
  { rule: 'everything-resolves', files: { 'apps/blue/src/pane/gone.ts': importing('./nowhere.js') } },
  {
    rule: 'products-run-without-dev-dependencies',
    files: { 'apps/blue/src/pane/uses-jest.ts': importing('fast-check') },
  },
];
