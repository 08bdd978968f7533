// Everything below docs/ that is generated, from the build (what runs) and the sources (what it says of itself).
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { stringify } from 'yaml';
import { asyncApiOf } from './asyncapi.mjs';
import { consumedBy } from './consumers.mjs';
import { envelopeSchema, eventSchema } from './envelope.mjs';
import { hrSignalSchema } from './hr-signal.mjs';
import { openApiOf } from './openapi.mjs';
import { policyDocumentSchema } from './policy-document.mjs';

const TESTS = /\.(spec|e2e-spec|suite|fake)\.ts$|\/libs\/testing\//;

/** @returns {Promise<Map<string, string>>} file below docs/ → its text; the build must be up to date */
export async function generate(root) {
  const built = (file) => import(pathToFileURL(path.join(root, 'dist', file)).href);
  const contracts = await built('libs/contracts/src/index.js');
  const messaging = await built('libs/messaging/src/index.js');
  const { DESTRUCTIVE } = await built('libs/runtime/src/auth/permissions.js');
  const { ServiceContextModule } = await built('libs/runtime/src/service-context.module.js');
  const services = await Promise.all(
    contracts.SERVICES.map(async (name) => (await built(`apps/${name}/src/${name}.module.js`))[name]),
  );
  const program = programOf(root);
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const isOurs = (file) => !file.includes('/node_modules/') && /\/(apps|libs)\//.test(file);

  const openApi = new Map();
  for (const definition of services) {
    const code = { ServiceContextModule, PROBLEMS: contracts.PROBLEMS, DESTRUCTIVE };
    openApi.set(definition.name, await openApiOf(definition, code, program, { version, isOurs }));
  }
  assertOneMeaning(openApi);

  const definitions = [...contracts.EVENT_DEFINITIONS.values()];
  const envelope = envelopeSchema(program, isOurs);
  const given = {
    contextControllers: ServiceContextModule.with({ definition: services[0] }).controllers,
    EVENT_TRANSPORT: messaging.EVENT_TRANSPORT,
    TOPICS: contracts.TOPICS,
  };
  const asyncApi = asyncApiOf({
    version,
    TOPICS: contracts.TOPICS,
    SERVICES: contracts.SERVICES,
    definitions,
    envelope,
    hrSignal: hrSignalSchema(openApi.get('signals').components.schemas),
    consumed: new Map(services.map((definition) => [definition.name, consumedBy(definition, given, program)])),
    topicSettings: messaging.topicSettings,
    factTopics: messaging.factTopics,
  });

  return new Map([
    ...[...openApi].map(([name, document]) => [`openapi/${name}.json`, asJson(document)]),
    ...definitions.map((definition) => [`schemas/${definition.type}.json`, asJson(jsonSchemaOf(envelope, definition))]),
    ['policy-document.schema.json', asJson(policyDocumentSchema(openApi.get('policy')))],
    ['asyncapi.yaml', stringify(asyncApi, { lineWidth: 120, aliasDuplicateObjects: false })],
  ]);
}

const jsonSchemaOf = (envelope, definition) => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: `urn:curfew:event:${definition.type}`,
  title: definition.type,
  ...eventSchema(envelope, definition),
});

function programOf(root) {
  const config = ts.getParsedCommandLineOfConfigFile(
    path.join(root, 'tsconfig.json'),
    { noEmit: true, incremental: false },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
      },
    },
  );
  const files = config.fileNames.filter((file) => /\/(apps|libs)\//.test(file) && !TESTS.test(file));
  const program = ts.createProgram(files, config.options);
  program.getTypeChecker(); // binds the files: only then does a node know its parent
  return program;
}

const asJson = (value) => `${JSON.stringify(value, null, 2)}\n`;

/** The embedded form serves all documents as one: a name has one meaning across them. */
function assertOneMeaning(documents) {
  const known = new Map();
  for (const [service, { components }] of documents)
    for (const [name, schema] of Object.entries(components.schemas)) {
      const other = known.get(name);
      if (other && other.text !== JSON.stringify(schema))
        throw new Error(
          `${other.service} and ${service} each answer a ${name}, and they differ: rename one of the types`,
        );
      known.set(name, { service, text: JSON.stringify(schema) });
    }
}
