// What the listener answers itself, the same in every service (libs/runtime/src/http/listener.ts).
const json = (schema) => ({ content: { 'application/json': { schema } } });
const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

const operation = (id, summary, security, responses) => ({
  get: {
    operationId: `operations.${id}`,
    tags: ['operations'],
    summary,
    security,
    responses: { ...responses, default: { description: 'Something went wrong here', content: problem } },
  },
});

const status = (value) => ({ type: 'object', properties: { status: { const: value } }, required: ['status'] });

export const OPERATIONS_PATHS = {
  '/health/live': operation('live', 'Whether the process runs', [], {
    200: { description: 'It runs', ...json(status('live')) },
  }),
  '/health/ready': operation('ready', 'Whether it can do its work right now', [], {
    200: { description: 'It can', ...json(status('ready')) },
    503: {
      description: 'It can not, and why',
      ...json({
        ...status('not ready'),
        properties: { status: { const: 'not ready' }, troubles: { type: 'array', items: { type: 'string' } } },
        required: ['status', 'troubles'],
      }),
    },
  }),
  '/metrics': operation(
    'metrics',
    "Prometheus metrics; a tenant's own only with one of its keys, all of them with an operator's",
    [{}, { bearer: [] }],
    { 200: { description: 'OK', content: { 'text/plain': { schema: { type: 'string' } } } } },
  ),
  '/openapi.json': operation('openapi', 'This document', [], {
    200: { description: 'OK', ...json({ type: 'object' }) },
  }),
};
