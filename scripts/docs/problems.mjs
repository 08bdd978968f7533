// RFC 9457 documents and OAuth errors, from the one list of codes (libs/contracts/src/problem.ts).

export const problemSchemas = (PROBLEMS) => ({
  Problem: {
    type: 'object',
    description: 'Why a request was refused (RFC 9457). `code` keeps its meaning; `title` and `detail` are for people.',
    properties: {
      type: { type: 'string', format: 'uri', examples: ['urn:curfew:problem:subject_not_found'] },
      title: { type: 'string' },
      status: { type: 'integer', minimum: 400, maximum: 599 },
      code: { type: 'string', enum: Object.keys(PROBLEMS) },
      detail: { type: 'string' },
      errors: {
        type: 'array',
        description: 'The fields at fault.',
        items: {
          type: 'object',
          properties: { field: { type: 'string' }, message: { type: 'string' } },
          required: ['field', 'message'],
        },
      },
    },
    required: ['type', 'title', 'status', 'code'],
  },
  OAuthError: {
    type: 'object',
    description: 'RFC 6749 §5.2.',
    properties: { error: { type: 'string' }, error_description: { type: 'string' } },
    required: ['error'],
  },
  ScimError: {
    type: 'object',
    description: 'RFC 7644 §3.12.',
    properties: {
      schemas: { type: 'array', items: { type: 'string' } },
      status: { type: 'string' },
      scimType: { type: 'string' },
      detail: { type: 'string' },
    },
    required: ['schemas', 'status'],
  },
  SetError: {
    type: 'object',
    description: 'RFC 8935 §2.3.',
    properties: {
      err: {
        type: 'string',
        enum: Object.keys(PROBLEMS)
          .filter((code) => code.startsWith('set_'))
          .map((code) => code.slice(4)),
      },
      description: { type: 'string' },
    },
    required: ['err', 'description'],
  },
});

export const SET_ENDPOINTS = '/v1/security-events/';

/** By status, each with the codes that can stand there; `default` is whatever went wrong besides. */
/** @param {{path: string}} of OAuth and SCIM endpoints have a form of their own */
export function refusalResponses({ path, codes, PROBLEMS }) {
  const own = OWN_FORMS.find(([prefix]) => path.startsWith(prefix))?.[1];
  const ofSets = path.startsWith(SET_ENDPOINTS) && { 'application/json': { schema: ref('SetError') } };
  const byStatus = new Map();
  for (const code of [...new Set(codes)].filter((code) => code !== 'internal').sort()) {
    const [status] = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const statuses = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries([
    ...statuses.map(([status, of]) => [
      status,
      {
        description: of.map((code) => `\`${code}\`: ${PROBLEMS[code][1]}`).join('. '),
        ...headers(status),
        content: (status === 400 && ofSets) || (own ?? problemContent({ properties: { code: { enum: of } } })),
      },
    ]),
    ['default', { description: PROBLEMS.internal[1], content: own ?? problemContent() }],
  ]);
}

const ref = (name) => ({ $ref: `#/components/schemas/${name}` });

const problemContent = (narrowed) => ({
  'application/problem+json': { schema: narrowed ? { allOf: [ref('Problem'), narrowed] } : ref('Problem') },
});

const OWN_FORMS = [
  ['/oauth2/', { 'application/json': { schema: ref('OAuthError') } }],
  ['/scim/', { 'application/scim+json': { schema: ref('ScimError') } }],
];

const text = { schema: { type: 'string' } };

const headers = (status) =>
  status === 503 || status === 429
    ? { headers: { 'Retry-After': text } }
    : status === 401
      ? { headers: { 'WWW-Authenticate': text } }
      : {};
