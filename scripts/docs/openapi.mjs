// One OpenAPI 3.1 document a service. Routes, parameters and request bodies come from the running Nest classes
// (@nestjs/swagger and the field decorators), what is answered and refused from their source.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { readControllers } from './controllers.mjs';
import { SchemasOfTypes } from './json-schema.mjs';
import { OPERATIONS_PATHS } from './operations.mjs';
import { problemSchemas, refusalResponses, SET_ENDPOINTS } from './problems.mjs';
import { refusalsOf } from './refusals.mjs';

const DESCRIPTION = `Errors are problem documents (RFC 9457) with a stable \`code\`. Lists answer \`{items, nextCursor}\`; hand
\`nextCursor\` back as \`cursor\` for the next page. An \`Idempotency-Key\` is taken where it is listed. Members of a body and
parameters of an address that are not described here are refused; answers may gain members.`;

/**
 * @param definition the ServiceDefinition, from the build
 * @param code what the build exports: {ServiceContextModule, PROBLEMS, DESTRUCTIVE}
 * @param program a ts.Program of the sources
 */
export async function openApiOf(
  definition,
  { ServiceContextModule, PROBLEMS, DESTRUCTIVE },
  program,
  { version, isOurs },
) {
  const { name } = definition;
  const controllers = readControllers(program, name);
  const types = new SchemasOfTypes(program.getTypeChecker(), isOurs);
  const codes = new Set(Object.keys(PROBLEMS));
  const document = await swaggerDocument(definition, ServiceContextModule);
  const paths = {};
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [verb, operation] of Object.entries(operations)) {
      const [className, methodName] = operation.operationId.replace(/\[\d+\]$/, '').split('#');
      const controller = controllers.get(className);
      const source = controller?.methods.get(methodName);
      if (!source) throw new Error(`no source was found for ${operation.operationId}`);
      paths[path] ??= {};
      paths[path][verb] = describe({
        operation,
        path,
        operationId: operationIdOf(controller, className, methodName, path),
        source,
        types,
        bodySchemas: document.components.schemas,
        refusals: refusalResponses({
          path,
          codes: [
            ...saidBy(path, refusalsOf(program, source.method, isOurs, codes)),
            ...codesOfRoute(source, path),
            ...(DESTRUCTIVE.has(source.permission) ? ['step_up_required'] : []),
          ],
          PROBLEMS,
        }),
      });
    }
  }
  const schemas = {
    ...document.components.schemas,
    ...Object.fromEntries(types.components),
    ...problemSchemas(PROBLEMS),
  };
  return {
    openapi: '3.1.0',
    info: { title: `Curfew ${name}`, description: DESCRIPTION.replaceAll('\n', ' '), version },
    paths: sorted({ ...paths, ...OPERATIONS_PATHS }),
    components: {
      schemas: sorted(referenced(schemas, paths)),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key (`POST /v1/api-keys`); the tenant comes from it.',
        },
      },
    },
  };
}

/** In preview Nest resolves every dependency, so a provider that is not there is found, and constructs nothing. */
async function swaggerDocument(definition, ServiceContextModule) {
  const nothing = {};
  const context = {
    definition,
    config: nothing,
    log: nothing,
    unitOfWork: nothing,
    sweeper: nothing,
    transport: nothing,
    metrics: nothing,
    keys: nothing,
  };
  const app = await NestFactory.create(ServiceContextModule.with(context), new FastifyAdapter(), {
    preview: true,
    logger: ['error'],
    abortOnError: false,
  });
  return SwaggerModule.createDocument(app, new DocumentBuilder().setOpenAPIVersion('3.1.0').build(), {
    operationIdFactory: (controller, method) => `${controller}#${method}`,
  });
}

/** `signals.receive`: the last part of the controller's path, or its name, and the method's. SCIM has names of its own. */
function operationIdOf({ path }, className, methodName, route) {
  if (path.startsWith('/scim/v2')) return `scim${path.slice('/scim/v2/'.length)}.${methodName}`;
  const resource = path.split('/').filter(Boolean).at(-1) ?? className.replace(/Controller$/, '').toLowerCase();
  const camel = resource.replaceAll(/-([a-z])/g, (_, letter) => letter.toUpperCase());
  return `${camel}.${methodName}${route.startsWith('/t/{tenant}') ? 'OfTenant' : ''}`;
}

function describe({ operation, path, operationId, source, types, bodySchemas, refusals }) {
  const inPath = (parameter) => parameter.in !== 'path' || path.includes(`{${parameter.name}}`);
  const description = [source.description, source.permission && `Takes the permission \`${source.permission}\`.`];
  return {
    operationId,
    tags: operation.tags,
    summary: source.summary,
    ...(description.some(Boolean) ? { description: description.filter(Boolean).join(' ') } : {}),
    security: source.public ? [] : [{ bearer: [] }],
    ...present('parameters', [...(operation.parameters ?? []).filter(inPath), ...headersOf(source)]),
    ...bodyOf(operation, source, bodySchemas),
    responses: { ...answersOf(operation, source, operationId, types), ...refusals },
  };
}

const present = (name, list) => (list.length > 0 ? { [name]: list } : {});

const headersOf = ({ waits, idempotent }) => [
  ...(idempotent
    ? [
        {
          name: 'Idempotency-Key',
          in: 'header',
          required: false,
          description: 'The same key and the same request: one effect and the same answer, however often it is sent.',
          schema: { type: 'string', minLength: 1, maxLength: 257 },
        },
      ]
    : []),
  ...(waits
    ? [
        {
          name: 'Prefer',
          in: 'header',
          required: false,
          description:
            '`wait=5` holds the answer until all is settled, for five seconds at most (RFC 7240); 60 is the most.',
          schema: { type: 'string', examples: ['wait=5'] },
        },
      ]
    : []),
];

/** A body whose members may all be left out may be left out itself. */
function bodyOf({ operationId, requestBody }, { takesBody, takesAnyJson, takesText }, schemas) {
  if (takesAnyJson || takesText) return { requestBody: { required: true, ...requestBody } };
  if (!takesBody) return {};
  const [media] = Object.values(requestBody?.content ?? {});
  const name = media?.schema.$ref?.split('/').at(-1);
  if (!name) throw new Error(`${operationId}: its body has no DTO class (a union with undefined hides it from Nest)`);
  return { requestBody: { ...requestBody, required: (schemas[name].required ?? []).length > 0 } };
}

const PHRASES = { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'Done; no content' };

/**
 * The status the method has, and those its decorators add. Where a method answers one of two shapes and has two
 * statuses, the first shape is that of the method's own status.
 */
function answersOf({ responses }, source, operationId, types) {
  const declared = Object.keys(responses).filter((status) => /^2/.test(status) && Number(status) !== source.status);
  const statuses = [source.status, ...declared];
  const schemas = source.answers.map((type) => types.of(type, operationId));
  const each = schemas.length === statuses.length;
  return Object.fromEntries(
    statuses.map((status, at) => {
      const given = responses[status] ?? {};
      const schema = each ? schemas[at] : schemas.length === 1 ? schemas[0] : { anyOf: schemas };
      return [
        status,
        {
          ...given,
          description: given.description || PHRASES[status],
          ...(source.waits
            ? { headers: { ...given.headers, 'Preference-Applied': { schema: { type: 'string' } } } }
            : {}),
          ...(given.content || schemas.length === 0 || Number(status) === 204
            ? {}
            : { content: { 'application/json': { schema } } }),
        },
      ];
    }),
  );
}

/** A SET endpoint says whatever refuses a signal in the words of RFC 8935. */
const saidBy = (path, codes) =>
  path.startsWith(SET_ENDPOINTS) ? [...codes].filter((code) => code.startsWith('set_')) : [...codes];

/** Refusals of what stands before every method: the guard, the parser, the validation. */
function codesOfRoute(source, path) {
  const ofBody = [
    'invalid_json',
    'invalid_encoding',
    'json_too_deep',
    'duplicate_key',
    'forbidden_key',
    'body_too_large',
    'unsupported_media_type',
  ];
  return [
    'unavailable',
    'invalid_field', // also of a parameter that no route reads
    ...(source.public ? [] : ['unauthenticated', 'forbidden', 'too_many_unknown_keys']),
    ...(source.takesBody || source.takesAnyJson ? ofBody : []),
    ...(source.takesText ? ['body_too_large', 'unsupported_media_type'] : []),
    ...(path.includes('{') ? ['bad_request', 'uri_too_long'] : []), // what can't be decoded, or is no id of ours
  ];
}

/** Of the DTO classes Nest has met, those that are used. */
function referenced(schemas, paths) {
  const used = new Set(['Problem']);
  const visit = (value) => {
    if (typeof value !== 'object' || value === null) return;
    const name = value.$ref?.split('/').at(-1);
    if (name && !used.has(name)) {
      used.add(name);
      visit(schemas[name]);
    }
    for (const part of Object.values(value)) visit(part);
  };
  visit(paths);
  return Object.fromEntries([...used].map((name) => [name, schemas[name]]));
}

const sorted = (record) => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
