import { randomUUID } from 'node:crypto';
import type { Answer, Curfew } from '../support/curfew.js';
import { organisation, product, type Organisation } from '../support/product.js';
import { pathOf, SECURED, type Route } from '../support/routes.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

/** What only people may call who have signed in: an API key does not get as far as its input (`access.e2e`). */
const OF_PEOPLE = /^\/v1\/administrators\/(confirm|renew|sign-out)$/;
const ASKED = SECURED.filter(({ path }) => !OF_PEOPLE.test(path));
const TAKE_JSON = ASKED.filter(({ mediaType }) => mediaType === 'application/json');
const INTROSPECT = SECURED.find(({ path }) => path === '/oauth2/introspect')!;
/** Those that write, and what each is sent when all is well. */
const nobody = new Proxy({}, { get: () => randomUUID() }) as Record<string, string>;

const deep = (opening: string, closing: string): string =>
  `{"reason":${opening.repeat(10_000)}1${closing.repeat(10_000)}}`;

/** What is no JSON an API should take, and the code it is refused with. */
const BODIES: readonly (readonly [string, string | Buffer, number, string])[] = [
  ['10 MB', `{"reason":"${'x'.repeat(10_000_000)}"}`, 413, 'body_too_large'],
  ['arrays 10,000 deep', deep('[', ']'), 400, 'json_too_deep'],
  ['objects 10,000 deep', deep('{"a":', '}'), 400, 'json_too_deep'],
  ['a member named twice', '{"reason":"one","reason":"two"}', 400, 'duplicate_key'],
  ['a member named twice, once in escapes', '{"reason":"one","re\\u0061son":"two"}', 400, 'duplicate_key'],
  ['__proto__', '{"__proto__":{"isAdmin":true}}', 400, 'forbidden_key'],
  ['__proto__ within', '{"target":{"\\u005f_proto__":{}}}', 400, 'forbidden_key'],
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), 400, 'invalid_encoding'],
  ['UTF-16', Buffer.from('\ufeff{"reason":"x"}', 'utf16le'), 400, 'invalid_encoding'],
  ['a byte order mark', Buffer.from('\ufeff{"reason":"x"}'), 400, 'invalid_json'],
  ['half a document', '{"reason":"x"', 400, 'invalid_json'],
  ['two documents', '{}{}', 400, 'invalid_json'],
  ['a comment', '{"reason":"x" /* why not */}', 400, 'invalid_json'],
  ['a number that is none', '{"deadlineSeconds":NaN}', 400, 'invalid_json'],
  ['an unknown field', '{"resaon":"x"}', 400, 'invalid_field'],
  ['constructor', '{"constructor":{"prototype":{"isAdmin":true}}}', 400, 'forbidden_key'],
  ['a list', '[1,2]', 400, 'invalid_field'],
  ['a text', '"text"', 400, 'invalid_field'],
  ['a number', '12', 400, 'invalid_field'],
];

describe('bad input', () => {
  let acme: Organisation;
  let clientId: string;
  beforeAll(async () => {
    acme = await organisation(1);
    clientId = acme.clientIds[0]!;
    await acme.curfew.person('ada', [clientId]);
  });
  afterAll(() => acme.close());

  /** Somebody who may, so that it is the input that is refused. */
  const keyFor = ({ path }: Route): Curfew => (path === '/v1/tenants' ? product.curfew : acme.curfew);
  const send = (route: Route, raw: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> =>
    keyFor(route).ask(route.service, route.method, pathOf(route, nobody), undefined, { raw, headers });
  const expectProblem = (answer: Answer, status: number, code: string): void => {
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ type: `urn:curfew:problem:${code}`, status, code });
    expect(answer.status).toBe(status);
  };
  const fieldsOf = ({ body }: Answer): string[] =>
    ((body.errors ?? []) as { field: string }[]).map(({ field }) => field);

  it.each(BODIES)('F-69 %s is refused by every route that takes a body', async (_what, raw, status, code) => {
    for (const route of TAKE_JSON) {
      const answer = await send(route, raw);
      expect([route.name, answer.status, answer.body.code]).toEqual([route.name, status, code]);
      expectProblem(answer, status, code);
    }
  });

  it('F-69 another content type is refused by every route that takes a body', async () => {
    for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'nonsense']) {
      for (const route of TAKE_JSON)
        expectProblem(await send(route, '{}', { 'content-type': type }), 415, 'unsupported_media_type');
    }
  });

  it('F-69 is refused within 50 ms of the server’s own time, whatever it costs to send', async () => {
    const route = TAKE_JSON.find(({ name }) => name === 'POST /v1/revocations')!;
    for (const what of [
      '10 MB',
      'arrays 10,000 deep',
      'objects 10,000 deep',
      'a member named twice',
      '__proto__',
      'invalid UTF-8',
      'another content type',
    ]) {
      const [, raw, status] = BODIES.find(([name]) => name === what) ?? [what, '{}', 415];
      const headers: Record<string, string> = status === 415 ? { 'content-type': 'text/plain' } : {};
      // Between others it may wait for its turn; one that takes long by itself never gets there.
      await until(
        `${what} is refused within 50 ms`,
        async () => (await ownMs(route, status, () => send(route, raw, headers))) < 50,
        20_000,
      );
    }
  });

  /** The median of several, each the one request of its route and status between two readings of the metrics. */
  async function ownMs({ method, path }: Route, status: number, request: () => Promise<unknown>): Promise<number> {
    const labels = `{method="${method}",route="${path}",status="${status}"}`;
    const read = async () => {
      const lines = String(await product.curfew.call<unknown>('registry', 'GET', '/metrics')).split('\n');
      const of = (name: string) =>
        Number(
          lines
            .find((line) => line.startsWith(`curfew_http_request_seconds_${name}${labels} `))
            ?.split(' ')
            .at(-1) ?? 0,
        );
      return { count: of('count'), sum: of('sum') };
    };
    const times: number[] = [];
    for (let before = await read(); times.length < 5;) {
      await request();
      const after = await until('the request is counted', async () => {
        const now = await read();
        return now.count > before.count && now;
      });
      if (after.count === before.count + 1) times.push((after.sum - before.sum) * 1_000);
      before = after;
    }
    return times.sort((a, b) => a - b)[2]!;
  }

  it('is refused by the OAuth endpoint in OAuth’s own form', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const [raw, headers, status] of [
      ['', form, 400],
      ['token=a&token=b', form, 400],
      ['tokem=a', form, 400],
      [`token=${'x'.repeat(2_000)}`, form, 400],
      [`token=${'x'.repeat(10_000_000)}`, form, 413],
      ['token=%00', form, 400],
      ['token=a&client_id=%00', form, 400],
      ['token=a', { 'content-type': 'text/plain' }, 415],
    ] as const) {
      const answer = await send(INTROSPECT, raw, headers);
      expect([raw.slice(0, 20), answer.status]).toEqual([raw.slice(0, 20), status]);
      expect(answer.body).toEqual({ error: 'invalid_request', error_description: expect.any(String) as string });
    }
  });

  it('names the field, however deep it lies', async () => {
    const now = new Date().toISOString();
    const signal = { type: 'employment.terminated', eventId: 'e', subject: { id: 'ada' }, occurredAt: now };
    const session = { subject: 'ada', clientId, authenticatedAt: now };
    const key = { name: 'k', roles: ['auditor'] };
    const shift = { name: 's', zone: 'UTC', start: '2026-01-01T00:00', end: '2026-01-01T08:00', staff: [] };
    const cases: readonly [string, string, string, unknown, string][] = [
      ['signals', 'POST', '/v1/signals', { ...signal, type: 'employment.promoted' }, 'type'],
      ['signals', 'POST', '/v1/signals', { ...signal, occurredAt: 'yesterday' }, 'occurredAt'],
      ['signals', 'POST', '/v1/signals', { ...signal, occurredAt: '2026-02-30T00:00:00Z' }, 'occurredAt'],
      ['signals', 'POST', '/v1/signals', { ...signal, occurredAt: '2026-02-03T00:00:00' }, 'occurredAt'],
      ['signals', 'POST', '/v1/signals', { ...signal, occurredAt: '2100-01-01T00:00:00Z' }, 'occurredAt'],
      ['signals', 'POST', '/v1/signals', { ...signal, subject: {} }, 'subject'],
      ['signals', 'POST', '/v1/signals', { ...signal, subject: { id: { $gt: '' } } }, 'subject.id'],
      ['signals', 'POST', '/v1/signals', { ...signal, sequence: Infinity }, 'sequence'],
      ['signals', 'POST', '/v1/signals', { ...signal, sequence: Number.MAX_SAFE_INTEGER + 1 }, 'sequence'],
      ['signals', 'POST', '/v1/signals', { ...signal, sequence: 1.5 }, 'sequence'],
      ['signals', 'POST', '/v1/signals', { ...signal, reason: 'a\r\nb' }, 'reason'],
      ['signals', 'POST', '/v1/signals', { ...signal, reason: 'a\u0000b' }, 'reason'],
      ['signals', 'POST', '/v1/signals', { ...signal, reason: '\ud800' }, 'reason'],
      ['signals', 'POST', '/v1/signals/test', { mapping: 'nobodys', payload: {} }, 'mapping'],
      ['signals', 'POST', '/v1/sources', { name: 'a b', kind: 'webhook', mapping: 'generic' }, 'name'],
      ['signals', 'POST', '/v1/sources', { name: 'a', kind: 'telegram', mapping: 'generic' }, 'kind'],
      ['signals', 'POST', '/v1/sources', { name: 'a', kind: 'webhook', mapping: '../etc/passwd' }, 'mapping'],
      ['signals', 'POST', '/v1/sources/a/rotate-secret', { overlapSeconds: 1e9 }, 'overlapSeconds'],
      ['signals', 'POST', '/v1/sources', { name: 'a', kind: 'poll', mapping: 'rippling' }, 'api'],
      ['signals', 'POST', '/v1/sources', { name: 'a', kind: 'poll', mapping: 'generic' }, 'kind'],
      [
        'signals',
        'POST',
        '/v1/sources',
        { name: 'a', kind: 'webhook', mapping: 'generic', signing: 'vendor' },
        'signing',
      ],
      [
        'signals',
        'POST',
        '/v1/sources',
        { name: 'a', kind: 'webhook', mapping: 'okta', signing: 'vendor', secret: 'short' },
        'secret',
      ],
      ['signals', 'PUT', '/v1/shifts/a', { ...shift, staff: [{ email: 7 }] }, 'staff.0.email'],
      ['signals', 'PUT', '/v1/shifts/a', { ...shift, start: 'tonight' }, 'start'],
      ['signals', 'PUT', '/v1/shifts/a', { ...shift, graceSeconds: -1 }, 'graceSeconds'],
      ['signals', 'PUT', '/v1/shifts/a%2Fb', shift, 'shiftId'],
      ['signals', 'PUT', '/v1/shifts/gaps', shift, 'shiftId'],
      ['registry', 'POST', '/v1/sessions', { ...session, device: { id: '' } }, 'device.id'],
      ['registry', 'POST', '/v1/sessions', { ...session, device: { id: 'd', owner: 'x' } }, 'device.owner'],
      ['registry', 'POST', '/v1/sessions', { ...session, subject: 'x'.repeat(257) }, 'subject'],
      ['registry', 'POST', '/v1/sessions', { ...session, userAgent: 'curl\r\nx-evil: 1' }, 'userAgent'],
      ['registry', 'POST', '/v1/revocations', { target: {}, reason: 'r' }, 'target'],
      ['registry', 'POST', '/v1/revocations', { target: { subject: 'a', device: 'b' }, reason: 'r' }, 'target'],
      [
        'registry',
        'POST',
        '/v1/revocations',
        { target: { subject: 'a' }, reason: 'r', deadlineSeconds: 1e9 },
        'deadlineSeconds',
      ],
      ['registry', 'POST', '/v1/revocations?dryRun=yes', { target: { subject: 'ada' }, reason: 'r' }, 'dryRun'],
      ['registry', 'POST', '/v1/revocations?dryrun=true', { target: { subject: 'ada' }, reason: 'r' }, 'dryrun'],
      ['registry', 'PUT', '/v1/subjects/eve', { identifiers: { email: 7 } }, 'identifiers.email'],
      ['registry', 'PUT', '/v1/subjects/eve', { accounts: [{ iss: 'i' }] }, 'accounts.0.sub'],
      ['registry', 'PUT', '/v1/subjects/eve%00', {}, 'subjectId'],
      ['fanout', 'POST', '/v1/applications', { clientId: '../etc', name: 'n' }, 'clientId'],
      ['fanout', 'POST', '/v1/applications', { clientId: 'a', name: 'n', jwks: { keys: 1 } }, 'jwks'],
      ['fanout', 'POST', '/v1/applications', { clientId: 'a', name: 'n', logoutTokenAlg: 'none' }, 'logoutTokenAlg'],
      ['fanout', 'POST', '/v1/deliveries/redeliver', { ids: ['x'] }, 'ids'],
      ['fanout', 'POST', '/v1/deliveries/redeliver', {}, 'clientId'],
      [
        'fanout',
        'POST',
        '/v1/signing-keys/rotate',
        { compromised: true, activateAfterSeconds: 1 },
        'activateAfterSeconds',
      ],
      ['policy', 'POST', '/v1/api-keys', { ...key, roles: [] }, 'roles'],
      ['policy', 'POST', '/v1/api-keys', { ...key, roles: ['emperor'] }, 'roles'],
      ['policy', 'POST', '/v1/api-keys', { ...key, scopes: ['*'] }, 'scopes'],
      ['policy', 'POST', '/v1/api-keys', { ...key, expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
      ['policy', 'PUT', '/v1/policies/default', { absoluteSeconds: 0 }, 'absoluteSeconds'],
      [
        'policy',
        'PUT',
        '/v1/policies/default',
        {
          absoluteSeconds: 9,
          idleSeconds: null,
          cap: null,
          overCap: 'block',
          applications: { [clientId]: { cap: -1, overCap: 'block' } },
        },
        `applications.${clientId}.cap`,
      ],
    ];
    for (const [service, method, path, body, field] of cases) {
      const raw = JSON.stringify(body).replace('null}', '1e400}'); // what JSON.stringify has made of Infinity
      const answer = await acme.curfew.ask(service as 'signals', method, path, undefined, { raw });
      expect([method, path, raw, answer.status, answer.body.code]).toEqual([method, path, raw, 400, 'invalid_field']);
      expect(fieldsOf(answer)).toContain(field);
    }
  });

  it('F-70 SQL, wildcards and operators in a filter find nothing and change nothing', async () => {
    const nasty = ["' OR '1'='1", "'; DROP TABLE sessions; --", '%', '_', '\\', '*', '{"$ne":null}', 'ada%', '1=1'];
    const choices = [
      'status',
      'orphaned',
      'state',
      'progress',
      'dryRun',
      'end',
      'format',
      'from',
      'to',
      'objective',
      'cursor',
    ];
    for (const route of SECURED.filter(({ method, path }) => method === 'GET' && !path.includes('{'))) {
      for (const { name } of route.parameters.filter((parameter) => parameter.in === 'query')) {
        for (const value of nasty) {
          const path = `${route.path}?${name}=${encodeURIComponent(value)}`;
          const answer = await keyFor(route).ask<unknown>(route.service, 'GET', path);
          if (route.isScim) {
            // Refused, or nothing of that name is shown: `test/e2e/scim` has what a filter finds.
            expect([path, [200, 400, 403].includes(answer.status)]).toEqual([path, true]);
            continue;
          }
          if (route.path.endsWith('/effective')) {
            expect([path, answer.status]).toEqual([path, name === 'subject' ? 404 : 400]); // of one person, no list
            continue;
          }
          const isChoice = choices.includes(name) || (name === 'type' && route.service === 'signals');
          expect([path, answer.status]).toEqual([path, isChoice ? 400 : 200]);
          if (isChoice)
            expect(answer.body).toHaveProperty('code', name === 'cursor' ? 'invalid_cursor' : 'invalid_field');
          else
            expect([path, answer.body]).toEqual([
              path,
              route.path.endsWith('/export') ? '' : { items: [], nextCursor: null },
            ]);
        }
      }
    }
    for (const value of nasty) {
      const answer = await acme.curfew.ask('registry', 'GET', `/v1/subjects/${encodeURIComponent(value)}`);
      expectProblem(answer, 404, 'subject_not_found');
    }
    const { items } = await acme.curfew.call<{ items: unknown[] }>('registry', 'GET', '/v1/sessions?status=live');
    expect(items).toHaveLength(1);
  });

  it('F-74 control characters and parameters given twice are refused in every address', async () => {
    for (const route of ASKED) {
      for (const [query, field] of [
        ['nobody=reads-this', 'nobody'],
        ['cursor=%00', 'cursor'],
      ] as const) {
        if (field === 'cursor' && !route.parameters.some(({ name }) => name === 'cursor')) continue;
        const answer = await keyFor(route).ask(route.service, route.method, `${pathOf(route, nobody)}?${query}`);
        expect([route.name, query, answer.status]).toEqual([route.name, query, 400]);
        if (route.isScim) expect(answer.body).toHaveProperty('scimType', 'invalidValue');
        else if (route !== INTROSPECT) expect(answer.body).toHaveProperty('code', 'invalid_field');
      }
      const [first] = route.parameters.filter((parameter) => parameter.in === 'path');
      if (!first) continue;
      const cut = pathOf({ ...route, path: route.path.replace(`{${first.name}}`, 'a%0D%0Ab') }, nobody);
      const answer = await acme.curfew.ask(route.service, route.method, cut);
      if (route.isScim) expect([route.name, answer.status]).toEqual([route.name, 400]);
      else
        expect([route.name, answer.body.code, fieldsOf(answer)]).toEqual([route.name, 'invalid_field', [first.name]]);
    }
    const twice = await acme.curfew.ask('registry', 'GET', '/v1/sessions?subject=ada&subject=bob');
    expectProblem(twice, 400, 'invalid_field');
    expectProblem(await acme.curfew.ask('registry', 'GET', '/v1/subjects/%ED%A0%80'), 400, 'bad_request');
    expectProblem(await acme.curfew.ask('registry', 'GET', `/v1/subjects/${'x'.repeat(600)}`), 414, 'uri_too_long');
  });

  it('cursors that no list gave out are refused by every list', async () => {
    const forged = ['x', '', '[]', '["x","y"]', '[null]', '[{}]', '[1e99]', '["\\u0000"]', '[1.5]', '{}'].map((text) =>
      Buffer.from(text).toString('base64url'),
    );
    const lists = SECURED.filter(
      ({ method, path, parameters }) =>
        method === 'GET' && !path.includes('{') && parameters.some(({ name }) => name === 'cursor'),
    );
    expect(lists.length).toBeGreaterThan(7);
    for (const route of lists) {
      const { path } = route;
      for (const cursor of [...forged, '%F0%9F%92%A9', 'x'.repeat(5_000)]) {
        const answer = await keyFor(route).ask(route.service, 'GET', `${path}?cursor=${cursor}`);
        expect([path, cursor, answer.status < 500]).toEqual([path, cursor, true]);
        expect(['invalid_cursor', 'invalid_field']).toContain(answer.body.code);
      }
    }
  });

  it('what is not there is a 404 that says what it was', async () => {
    const now = new Date().toISOString();
    const { curfew } = acme;
    const open = (more: object) =>
      curfew.ask('registry', 'POST', '/v1/sessions', { subject: 'ada', clientId, authenticatedAt: now, ...more });
    expectProblem(await open({ clientId: 'nobody' }), 404, 'application_not_found');
    for (const [target, code] of [
      [{ subject: 'nobody' }, 'subject_not_found'],
      [{ application: 'nobody' }, 'application_not_found'],
      [{ session: 'not-even-a-uuid' }, 'session_not_found'],
      [{ group: 'nobody' }, 'group_not_found'],
      [{ tenant: 'nobody' }, 'tenant_not_found'],
    ] as const)
      expectProblem(await curfew.ask('registry', 'POST', '/v1/revocations', { target, reason: 'r' }), 404, code);
    for (const route of SECURED.filter(({ method, path }) => path.includes('{') && method !== 'PUT')) {
      const body = route.path.includes('/stream/subjects') ? { subject: {} } : {};
      const answer = await curfew.ask(route.service, route.method, pathOf(route, ids('no-uuid')), body);
      if (route.path.endsWith('/revoke'))
        expect(answer.status).toBe(202); // a device nobody has seen can be quarantined
      // A PatchOp without operations is none, whoever it is for.
      else
        expect([route.name, answer.status]).toEqual([route.name, route.isScim && route.method === 'PATCH' ? 400 : 404]);
    }
    expectProblem(await curfew.ask('registry', 'GET', '/v1/sessions/a/b/c'), 404, 'not_found');
    expectProblem(await curfew.ask('registry', 'GET', '/nothing'), 404, 'not_found');
    expectProblem(await curfew.ask('registry', 'PATCH', '/v1/sessions'), 404, 'not_found');
  });

  it('an application without an endpoint: its delivery is rejected, and that is shown', async () => {
    const { curfew } = acme;
    const mute = `mute-${randomUUID().slice(0, 8)}`;
    await curfew.call('fanout', 'POST', '/v1/applications', { clientId: mute, name: 'has no endpoint' });
    const session = await until('the registry knows the application', () =>
      curfew.open('bob', mute).catch(() => undefined),
    );
    const revocation = await curfew.call<{ revocationId: string; state: string; outcome: unknown }>(
      'registry',
      'POST',
      '/v1/revocations',
      { target: { session: session.id }, reason: 'r' },
      { headers: { prefer: 'wait=10' } },
    );
    expect(revocation).toMatchObject({ state: 'settled', outcome: { rejected: 1, accepted: 0 } });
    const { items } = await curfew.call<{ items: { id: string }[] }>(
      'fanout',
      'GET',
      `/v1/deliveries?state=rejected&clientId=${mute}`,
    );
    expect(items).toHaveLength(1);
    const chain = await curfew.call('registry', 'GET', `/v1/revocations/${revocation.revocationId}`);
    expect(chain).toMatchObject({ sessions: [{ delivery: { state: 'rejected', detail: 'no_endpoint' } }] });
  });

  it('leaves nothing half done, and every service as well as before', async () => {
    const { curfew } = acme;
    for (const service of ['signals', 'policy', 'registry', 'fanout', 'audit'] as const)
      expect((await curfew.ask(service, 'GET', '/health/ready')).status).toBe(200);
    expect((await curfew.call<{ items: unknown[] }>('signals', 'GET', '/v1/signals')).items).toEqual([]);
    expect((await curfew.ask('registry', 'GET', '/v1/subjects/eve')).status).toBe(404);
    const { items } = await curfew.call<{ items: { status: string }[] }>('registry', 'GET', '/v1/sessions?subject=ada');
    expect(items.map(({ status }) => status)).toEqual(['live']);
  });
});

const ids = (id: string): Record<string, string> => new Proxy({}, { get: () => id, ownKeys: () => [] });
