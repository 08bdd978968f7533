import { randomUUID } from 'node:crypto';
import type { Curfew } from '../support/curfew.js';
import type { Service } from '../support/form.js';
import { organisation, product, type Organisation } from '../support/product.js';
import { pathOf, SECURED } from '../support/routes.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const ROLES = [
  'operator',
  'owner',
  'admin',
  'responder',
  'auditor',
  'read-only',
  'application',
  'broker',
  'source',
] as const;

/** Which role may call which route: one column a role, in the order of ROLES. A route that is missing fails. */
const MATRIX = `
                                             operator owner admin responder auditor read-only application broker source
POST   /v1/signals                              .       x     x       .        .        .          .        .      x
GET    /v1/signals                              .       x     x       x        x        x          .        .      x
GET    /v1/signals/{signalId}                   .       x     x       x        x        x          .        .      x
POST   /v1/signals/{signalId}/rescind           .       x     x       .        .        .          .        .      x
POST   /v1/signals/{signalId}/replay            .       x     x       x        .        .          .        .      .
GET    /v1/guards                               .       x     x       x        x        x          .        .      x
PUT    /v1/guards/{source}                      .       x     x       .        .        .          .        .      .
DELETE /v1/guards/{source}                      .       x     x       .        .        .          .        .      .
GET    /v1/holds                                .       x     x       x        x        x          .        .      x
GET    /v1/holds/{holdId}                       .       x     x       x        x        x          .        .      x
POST   /v1/holds/{holdId}/approve               .       x     x       x        .        .          .        .      .
POST   /v1/holds/{holdId}/decline               .       x     x       x        .        .          .        .      .
GET    /v1/shifts                               .       x     x       x        x        x          .        .      .
GET    /v1/shifts/gaps                          .       x     x       x        x        x          .        .      .
GET    /v1/shifts/occurrences                   .       x     x       x        x        x          .        .      .
GET    /v1/shifts/{shiftId}                     .       x     x       x        x        x          .        .      .
PUT    /v1/shifts/{shiftId}                     .       x     x       .        .        .          .        .      .
DELETE /v1/shifts/{shiftId}                     .       x     x       .        .        .          .        .      .
POST   /v1/shifts/import                        .       x     x       .        .        .          .        .      .
GET    /v1/shifts/crossings                     .       x     x       x        x        x          .        .      .
GET    /v1/shifts/boundaries                    .       x     x       x        x        x          .        .      .
GET    /v1/duties                               .       x     x       x        x        x          .        .      .
GET    /v1/duties/{dutyId}                      .       x     x       x        x        x          .        .      .
PUT    /v1/duties/{dutyId}/extension            .       x     x       .        .        .          .        .      .
POST   /v1/duties/{dutyId}/extension/approve    .       x     x       x        .        .          .        .      .
POST   /v1/duties/{dutyId}/extension/decline    .       x     x       x        .        .          .        .      .
POST   /v1/signals/test                         .       x     x       .        .        .          .        .      .
POST   /v1/sources                              .       x     x       .        .        .          .        .      .
GET    /v1/sources                              .       x     x       .        .        .          .        .      .
GET    /v1/sources/{sourceId}                   .       x     x       .        .        .          .        .      .
PATCH  /v1/sources/{sourceId}                   .       x     x       .        .        .          .        .      .
DELETE /v1/sources/{sourceId}                   .       x     x       .        .        .          .        .      .
POST   /v1/sources/{sourceId}/rotate-secret     .       x     x       .        .        .          .        .      .
POST   /v1/transmitters                         .       x     x       .        .        .          .        .      .
GET    /v1/transmitters                         .       x     x       .        .        .          .        .      .
GET    /v1/transmitters/{transmitterId}         .       x     x       .        .        .          .        .      .
PATCH  /v1/transmitters/{transmitterId}         .       x     x       .        .        .          .        .      .
DELETE /v1/transmitters/{transmitterId}         .       x     x       .        .        .          .        .      .
POST   /v1/transmitters/{transmitterId}/rotate-secret .       x     x       .        .        .          .        .      .
PUT    /v1/transmitters/{transmitterId}/stream  .       x     x       .        .        .          .        .      .
DELETE /v1/transmitters/{transmitterId}/stream  .       x     x       .        .        .          .        .      .
GET    /v1/transmitters/{transmitterId}/stream/status .       x     x       .        .        .          .        .      .
PUT    /v1/transmitters/{transmitterId}/stream/status .       x     x       .        .        .          .        .      .
POST   /v1/transmitters/{transmitterId}/stream/verify .       x     x       .        .        .          .        .      .
POST   /v1/transmitters/{transmitterId}/stream/subjects .       x     x       .        .        .          .        .      .
POST   /v1/transmitters/{transmitterId}/stream/subjects/remove .       x     x       .        .        .          .        .      .
GET    /scim/v2/ServiceProviderConfig           .       x     x       .        .        .          .        .      .
GET    /scim/v2/ResourceTypes                   .       x     x       .        .        .          .        .      .
GET    /scim/v2/ResourceTypes/{id}              .       x     x       .        .        .          .        .      .
GET    /scim/v2/Schemas                         .       x     x       .        .        .          .        .      .
GET    /scim/v2/Schemas/{id}                    .       x     x       .        .        .          .        .      .
POST   /scim/v2/Bulk                            .       x     x       .        .        .          .        .      .
GET    /scim/v2/Users                           .       x     x       .        .        .          .        .      .
POST   /scim/v2/Users                           .       x     x       .        .        .          .        .      .
POST   /scim/v2/Users/.search                   .       x     x       .        .        .          .        .      .
GET    /scim/v2/Users/{id}                      .       x     x       .        .        .          .        .      .
PUT    /scim/v2/Users/{id}                      .       x     x       .        .        .          .        .      .
PATCH  /scim/v2/Users/{id}                      .       x     x       .        .        .          .        .      .
DELETE /scim/v2/Users/{id}                      .       x     x       .        .        .          .        .      .
GET    /scim/v2/Groups                          .       x     x       .        .        .          .        .      .
POST   /scim/v2/Groups                          .       x     x       .        .        .          .        .      .
POST   /scim/v2/Groups/.search                  .       x     x       .        .        .          .        .      .
GET    /scim/v2/Groups/{id}                     .       x     x       .        .        .          .        .      .
PUT    /scim/v2/Groups/{id}                     .       x     x       .        .        .          .        .      .
PATCH  /scim/v2/Groups/{id}                     .       x     x       .        .        .          .        .      .
DELETE /scim/v2/Groups/{id}                     .       x     x       .        .        .          .        .      .
POST   /v1/tenants                              x       .     .       .        .        .          .        .      .
GET    /v1/tenants                              x       .     .       .        .        .          .        .      .
POST   /v1/api-keys                             .       x     .       .        .        .          .        .      .
GET    /v1/api-keys                             .       x     x       .        x        .          .        .      .
DELETE /v1/api-keys/{keyId}                     .       x     .       .        .        .          .        .      .
GET    /v1/administrator-sign-in                .       x     x       .        x        .          .        .      .
PUT    /v1/administrator-sign-in                .       x     .       .        .        .          .        .      .
DELETE /v1/administrator-sign-in                .       x     .       .        .        .          .        .      .
POST   /v1/administrators/confirm               .       .     .       .        .        .          .        .      .
POST   /v1/administrators/renew                 .       .     .       .        .        .          .        .      .
POST   /v1/administrators/sign-out              .       .     .       .        .        .          .        .      .
GET    /v1/policies/default                     .       x     x       x        x        x          .        .      .
PUT    /v1/policies/default                     .       x     x       .        .        .          .        .      .
GET    /v1/policies/overrides                   .       x     x       x        x        x          .        .      .
GET    /v1/policies/overrides/{layer}/{target}  .       x     x       x        x        x          .        .      .
PUT    /v1/policies/overrides/{layer}/{target}  .       x     x       .        .        .          .        .      .
DELETE /v1/policies/overrides/{layer}/{target}  .       x     x       .        .        .          .        .      .
GET    /v1/policies/history                     .       x     x       x        x        x          .        .      .
GET    /v1/policies/document                    .       x     x       x        x        x          .        .      .
PUT    /v1/policies/document                    .       x     x       .        .        .          .        .      .
POST   /v1/policies/revert                      .       x     x       .        .        .          .        .      .
GET    /v1/policies/enforcements/{enforcementId} .       x     x       x        x        x          .        .      .
POST   /v1/policies/preview                     .       x     x       x        x        x          .        .      .
GET    /v1/policies/presets                     .       x     x       x        x        x          .        .      .
GET    /v1/policies/effective                   .       x     x       x        x        x          .        x      .
GET    /v1/reactions                            .       x     x       x        x        x          .        .      .
PUT    /v1/reactions                            .       x     x       .        .        .          .        .      .
GET    /v1/sign-in-policies                     .       x     x       x        x        x          .        .      .
POST   /v1/sign-in-policies                     .       x     x       .        .        .          .        .      .
GET    /v1/sign-in-policies/assignments         .       x     x       x        x        x          .        .      .
GET    /v1/sign-in-policies/history             .       x     x       x        x        x          .        .      .
POST   /v1/sign-in-policies/revert              .       x     x       .        .        .          .        .      .
GET    /v1/sign-in-policies/{policyId}          .       x     x       x        x        x          .        .      .
PATCH  /v1/sign-in-policies/{policyId}          .       x     x       .        .        .          .        .      .
DELETE /v1/sign-in-policies/{policyId}          .       x     x       .        .        .          .        .      .
PUT    /v1/sign-in-policies/{policyId}/rules/{ruleId} .       x     x       .        .        .          .        .      .
DELETE /v1/sign-in-policies/{policyId}/rules/{ruleId} .       x     x       .        .        .          .        .      .
GET    /v1/sign-in-profiles                     .       x     x       x        x        x          .        .      .
POST   /v1/sign-in-profiles                     .       x     x       .        .        .          .        .      .
DELETE /v1/sign-in-profiles/{profileName}       .       x     x       .        .        .          .        .      .
GET    /v1/sign-in-protection                   .       x     x       x        x        x          .        .      .
PUT    /v1/sign-in-protection                   .       x     x       .        .        .          .        .      .
POST   /v1/sign-in/evaluate                     .       x     x       .        .        .          .        x      .
POST   /v1/sessions                             .       x     x       .        .        .          x        x      .
GET    /v1/sessions                             .       x     x       x        x        x          x        x      .
GET    /v1/sessions/{sessionId}                 .       x     x       x        x        x          x        x      .
DELETE /v1/sessions/{sessionId}                 .       x     x       x        .        .          x        x      .
GET    /v1/watch/sessions                       .       x     x       x        x        x          .        x      .
GET    /v1/watch/sessions/changes               .       x     x       x        x        x          .        x      .
POST   /v1/sessions/{sessionId}/activity        .       x     x       .        .        .          x        x      .
POST   /oauth2/introspect                       .       x     x       x        .        .          x        x      .
POST   /v1/revocations                          .       x     x       x        .        .          .        .      .
GET    /v1/revocations                          .       x     x       x        x        x          .        .      .
GET    /v1/revocations/{revocationId}           .       x     x       x        x        x          .        .      .
GET    /v1/approvals                            .       x     x       x        x        x          .        .      .
GET    /v1/approvals/{revocationId}             .       x     x       x        x        x          .        .      .
POST   /v1/approvals/{revocationId}/approve     .       x     x       .        .        .          .        .      .
POST   /v1/approvals/{revocationId}/reject      .       x     x       x        .        .          .        .      .
GET    /v1/approval-rule                        .       x     x       x        x        x          .        .      .
PUT    /v1/approval-rule                        .       x     .       .        .        .          .        .      .
GET    /v1/subjects                             .       x     x       x        x        x          .        x      .
PUT    /v1/subjects/{subjectId}                 .       x     x       .        .        .          .        .      .
PUT    /v1/subjects/{subjectId}/owner           .       x     x       .        .        .          .        .      .
DELETE /v1/subjects/{subjectId}/owner           .       x     x       .        .        .          .        .      .
GET    /v1/subjects/{subjectId}                 .       x     x       x        x        x          .        x      .
POST   /v1/subjects/{subjectId}/reinstate       .       x     x       x        .        .          .        .      .
PUT    /v1/subjects/{subjectId}/protection      .       x     x       .        .        .          .        .      .
DELETE /v1/subjects/{subjectId}/protection      .       x     x       .        .        .          .        .      .
GET    /v1/devices/{deviceId}                   .       x     x       x        x        x          .        .      .
POST   /v1/devices/{deviceId}/revoke            .       x     x       x        .        .          .        .      .
POST   /v1/devices/{deviceId}/clear             .       x     x       x        .        .          .        .      .
POST   /v1/applications                         .       x     x       .        .        .          .        .      .
GET    /v1/applications                         .       x     x       x        x        x          .        x      .
GET    /v1/applications/{clientId}              .       x     x       x        x        x          .        x      .
PATCH  /v1/applications/{clientId}              .       x     x       .        .        .          .        .      .
POST   /v1/applications/{clientId}/test         .       x     x       .        .        .          .        .      .
DELETE /v1/applications/{clientId}              .       x     x       .        .        .          .        .      .
GET    /v1/deliveries                           .       x     x       x        x        x          .        .      .
GET    /v1/deliveries/timeliness                .       x     x       .        x        .          .        .      .
GET    /v1/deliveries/{deliveryId}              .       x     x       x        x        x          .        .      .
POST   /v1/deliveries/redeliver                 .       x     x       x        .        .          .        .      .
POST   /v1/signing-keys/rotate                  .       x     x       .        .        .          .        .      .
GET    /v1/audit                                .       x     x       .        x        .          .        .      .
GET    /v1/audit/export                         .       x     x       .        x        .          .        .      .
GET    /v1/audit/verify                         .       x     x       .        x        .          .        .      .
`;

/** One line a route, `x` for each role that may: the table above, without its spaces. */
const linesOf = (table: string): string[] =>
  table
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [method, path, ...may] = line.trim().split(/\s+/);
      return `${method} ${path} ${ROLES.filter((_, at) => may[at] === 'x').join(' ')}`;
    })
    .sort();

/** A route of each service that its owner may read. */
const READABLE: Readonly<Record<Exclude<Service, 'console'>, string>> = {
  signals: '/v1/signals',
  policy: '/v1/reactions',
  registry: '/v1/sessions',
  fanout: '/v1/applications',
  audit: '/v1/audit',
};
const services = Object.keys(READABLE) as (keyof typeof READABLE)[];

/** Ids that nobody has: whoever is let in finds nothing. */
const nobody = new Proxy({}, { get: () => randomUUID(), has: () => true }) as Record<string, string>;

describe('who may do what', () => {
  let acme: Organisation;
  beforeAll(async () => {
    acme = await organisation(2);
  });
  afterAll(() => acme.close());

  const issue = async (
    more: Record<string, unknown>,
    by: Curfew = acme.curfew,
  ): Promise<Curfew & { readonly keyId: string }> => {
    const { keyId, key } = await by.call<{ keyId: string; key: string }>('policy', 'POST', '/v1/api-keys', {
      name: 'a key of the test',
      ...more,
    });
    return Object.assign(by.as(key), { keyId });
  };

  const callAll = (call: (service: Service, path: string) => Promise<number>): Promise<number[]> =>
    Promise.all(services.map((service) => call(service, READABLE[service])));
  const statusesOf = (curfew: Curfew): Promise<number[]> =>
    callAll(async (service, path) => (await curfew.ask(service, 'GET', path)).status);

  it('is what the matrix says, for every route and role, and a refusal says so', async () => {
    const keyOf = (role: string): Promise<Curfew> => {
      if (role === 'operator') return issue({ roles: [role] }, product.curfew);
      const more = { application: { clientId: acme.clientIds[0] }, source: { source: 'workday' } }[role] ?? {};
      return issue({ roles: [role], ...more });
    };
    const keys = await Promise.all(ROLES.map(async (role) => [role, await keyOf(role)] as const));
    const found = await Promise.all(
      SECURED.map(async (route) => {
        const may: string[] = [];
        for (const [role, curfew] of keys) {
          const body = route.mediaType === 'application/json' ? {} : undefined;
          const answer = await curfew.ask(route.service, route.method, pathOf(route, nobody), body);
          if (answer.status !== 403) may.push(role);
          else if (route.path.startsWith('/oauth2/'))
            expect(answer.body).toMatchObject({ error: 'unauthorized_client' });
          else if (route.isScim) expect(answer.body).toMatchObject({ status: '403' });
          else expect(answer.body).toMatchObject({ code: 'forbidden', status: 403 });
          expect([route.name, role, answer.status]).not.toEqual([route.name, role, 401]);
          expect([route.name, role, answer.status < 500]).toEqual([route.name, role, true]);
        }
        return `${route.name} ${may.join(' ')}`;
      }),
    );
    expect(found.sort()).toEqual(linesOf(MATRIX));
  });

  it('is nothing without a valid key in the header, on every route', async () => {
    for (const [key, more] of [
      ['', { authorization: '' }],
      ['cfw_nobody-has-this-one', {}],
      ['', { authorization: `Basic ${Buffer.from(`key:${acme.curfew.key}`).toString('base64')}` }],
    ] as const) {
      await Promise.all(
        SECURED.map(async (route) => {
          const address = `${pathOf(route, nobody)}?access_token=${acme.curfew.key}&key=${acme.curfew.key}`;
          const answer = await acme.curfew.as(key).ask(route.service, route.method, address, undefined, {
            headers: more,
          });
          expect([route.name, answer.status]).toEqual([route.name, 401]);
          expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="/);
          if (route.path.startsWith('/oauth2/')) expect(answer.body).toMatchObject({ error: 'invalid_client' });
          else if (route.isScim) expect(answer.body).toMatchObject({ status: '401' });
          else {
            expect(answer.body).toMatchObject({ code: 'unauthenticated', status: 401 });
            expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
          }
        }),
      );
    }
  });

  it('F-73 ends for a revoked key within seconds, at every service, for good', async () => {
    const doomed = await issue({ roles: ['owner'] });
    expect(await statusesOf(doomed)).toEqual([200, 200, 200, 200, 200]); // each of them believes it now
    await acme.curfew.call('policy', 'DELETE', `/v1/api-keys/${doomed.keyId}`);
    const refusedBy = async (): Promise<boolean> => (await statusesOf(doomed)).every((status) => status === 401);
    await until('every service refuses the revoked key', refusedBy, 5_000);
    expect(await statusesOf(doomed)).toEqual([401, 401, 401, 401, 401]);
  });

  it('F-73 ends for a key at its expiry', async () => {
    const expiresAt = new Date(Date.now() + 2_000);
    const brief = await issue({ roles: ['owner'], expiresAt: expiresAt.toISOString() });
    await until(
      'the key has arrived',
      async () => (await brief.ask('audit', 'GET', '/v1/audit')).status === 200,
      1_900,
    );
    await until('it has expired', () => Date.now() > expiresAt.getTime());
    expect(await statusesOf(brief)).toEqual([401, 401, 401, 401, 401]);
  });

  it('is narrowed by scopes, and never widened', async () => {
    const narrow = await issue({ roles: ['owner'], scopes: ['sessions:read'] });
    const wishful = await issue({ roles: ['read-only'], scopes: ['sessions:read', 'revocations:write'] });
    for (const curfew of [narrow, wishful]) {
      expect((await curfew.ask('registry', 'GET', '/v1/sessions')).status).toBe(200);
      expect((await curfew.ask('registry', 'GET', '/v1/subjects')).status).toBe(403);
      expect((await curfew.ask('registry', 'POST', '/v1/revocations', {})).status).toBe(403);
      expect((await curfew.ask('fanout', 'GET', '/v1/applications')).status).toBe(403);
    }
  });

  it('is never more than who gives it may do', async () => {
    const clerk = await issue({ roles: ['owner'], scopes: ['api-keys:write', 'sessions:read'] });
    const give = async (more: Record<string, unknown>) =>
      (await clerk.ask('policy', 'POST', '/v1/api-keys', { name: 'given', ...more })).body.code;
    expect(await give({ roles: ['owner'] })).toBe('role_not_grantable');
    expect(await give({ roles: ['owner'], scopes: ['revocations:write'] })).toBe('role_not_grantable');
    expect(await give({ roles: ['source'], source: 'workday' })).toBe('role_not_grantable');
    expect(await give({ roles: ['read-only'], scopes: ['sessions:read'] })).toBeUndefined();
    const owner = await acme.curfew.ask('policy', 'POST', '/v1/api-keys', { name: 'up', roles: ['operator'] });
    expect(owner).toMatchObject({ status: 403, body: { code: 'role_not_grantable' } });
  });

  it('N-12 stays with the last owner: of two who revoke each other at once one is refused, and so is the last for good', async () => {
    const first = await product.curfew.newTenant();
    const { items } = await first.call<{ items: { keyId: string }[] }>('policy', 'GET', '/v1/api-keys');
    const firstId = items[0]!.keyId;
    const revoke = (keyId: string, by: Curfew) => by.ask('policy', 'DELETE', `/v1/api-keys/${keyId}`);
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    await issue({ roles: ['owner'], expiresAt }, first);
    expect(await revoke(firstId, first)).toMatchObject({ status: 409, body: { code: 'last_owner' } });
    const second = await issue({ roles: ['owner'] }, first);
    const outcomes = await Promise.all([revoke(second.keyId, first), revoke(firstId, second)]);
    // The other is the last, or was revoked before it came to that.
    const [done, refused] = outcomes.map(({ status }) => status).sort();
    expect([done, [401, 409].includes(refused!)]).toEqual([204, true]);
  });

  it('N-04 takes two for a large kill, where an owner says so, however it is asked for', async () => {
    const { curfew, clientIds, close } = await organisation(1);
    try {
      const [clientId] = clientIds as [string];
      const [ada, bob] = [await issue({ roles: ['admin'] }, curfew), await issue({ roles: ['admin'] }, curfew)];
      for (const person of ['u-1', 'u-2']) await curfew.open(person, clientId);
      const rule = { aboveSessions: 1, tenantWide: true };
      const asAdmin = await ada.ask('registry', 'PUT', '/v1/approval-rule', rule, { headers: { 'if-match': '*' } });
      expect(asAdmin.status).toBe(403);
      await curfew.call('registry', 'PUT', '/v1/approval-rule', rule, { headers: { 'if-match': '"0"' } });
      const asked = await ada.revoke({ application: clientId });
      expect(asked).toMatchObject({ state: 'pending_approval', ended: 0 });
      const approval = `/v1/approvals/${asked.revocationId}`;
      const removed = await ada.ask('fanout', 'DELETE', `/v1/applications/${clientId}?end=true`);
      expect(removed).toMatchObject({ status: 409, body: { code: 'application_has_sessions' } });
      const own = await ada.ask('registry', 'POST', `${approval}/approve`, {});
      expect(own).toMatchObject({ status: 403, body: { code: 'own_revocation' } });
      expect(await curfew.sessions({ status: 'live' })).toHaveLength(2);
      const wait = { headers: { prefer: 'wait=10' } };
      expect(await bob.call('registry', 'POST', `${approval}/approve`, {}, wait)).toMatchObject({
        revocationId: asked.revocationId,
        state: 'settled',
        ended: 2,
      });
      expect(await bob.call('registry', 'GET', approval)).toMatchObject({ state: 'approved' });
    } finally {
      await close();
    }
  });

  it('reaches an application’s own sessions only, with an application’s key', async () => {
    const { curfew, clientIds } = acme;
    const [mine, other] = clientIds as [string, string];
    const app = await issue({ roles: ['application'], clientId: mine });
    const own = await app.open('ada', mine);
    const foreign = await curfew.open('ada', other);

    for (const query of ['', `?clientId=${other}`, '?subject=ada']) {
      const { items } = await app.call<{ items: { id: string }[] }>('registry', 'GET', `/v1/sessions${query}`);
      expect(items.map(({ id }) => id)).toEqual([own.id]);
    }
    for (const [method, path] of [
      ['GET', `/v1/sessions/${foreign.id}`],
      ['DELETE', `/v1/sessions/${foreign.id}`],
      ['POST', `/v1/sessions/${foreign.id}/activity`],
    ] as const) {
      expect(await app.ask('registry', method, path)).toMatchObject({
        status: 404,
        body: { code: 'session_not_found' },
      });
    }
    const introspect = (token: string, more = '') =>
      app.call('registry', 'POST', '/oauth2/introspect', undefined, {
        raw: `token=${token}${more}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    expect(await introspect(own.sid)).toMatchObject({ active: true, client_id: mine });
    expect(await introspect(foreign.sid)).toEqual({ active: false });
    expect(await introspect(foreign.sid, `&client_id=${other}`)).toEqual({ active: false });
    expect(await introspect(foreign.id)).toEqual({ active: false });
    const opened = await app.ask('registry', 'POST', '/v1/sessions', {
      subject: 'ada',
      clientId: other,
      authenticatedAt: new Date().toISOString(),
    });
    expect(opened).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await curfew.call('registry', 'GET', `/v1/sessions/${foreign.id}`)).toMatchObject({ status: 'live' });
  });

  it('reaches a source’s own signals only, with a source’s key', async () => {
    const workday = await issue({ roles: ['source'], source: 'workday' });
    const okta = await issue({ roles: ['source'], source: 'okta' });
    const mine = await workday.terminate('somebody');
    const theirs = await okta.terminate('somebody'); // the same event id: each source has its own
    expect(theirs.signalId).not.toBe(mine.signalId);
    for (const query of ['', '?source=okta']) {
      const { items } = await workday.call<{ items: { signalId: string }[] }>('signals', 'GET', `/v1/signals${query}`);
      expect(items.map(({ signalId }) => signalId)).toEqual([mine.signalId]);
    }
    expect((await workday.ask('signals', 'GET', `/v1/signals/${theirs.signalId}`)).status).toBe(404);
    expect((await workday.ask('signals', 'POST', `/v1/signals/${theirs.signalId}/rescind`, {})).status).toBe(404);
    expect((await okta.ask('signals', 'POST', `/v1/signals/${theirs.signalId}/rescind`, {})).status).toBe(202);
  });
});
