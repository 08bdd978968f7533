import { randomUUID } from 'node:crypto';
import { organisation, product, type Organisation } from '../support/product.js';
import type { Answer } from '../support/curfew.js';
import { pathOf, SECURED, type Route } from '../support/routes.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

/** In everything of B's that is text: whoever else reads it has looked over the wall. */
const secret = `secret-of-b-${randomUUID().slice(0, 8)}`;
const made = (what: string): string => `${what}-${randomUUID().slice(0, 8)}`;

/** Every id B has. A guesses them all. */
interface Ids extends Readonly<Record<string, string>> {
  readonly tenant: string;
  readonly clientId: string;
  readonly subjectId: string;
  readonly deviceId: string;
  readonly groupId: string;
  readonly sessionId: string;
  readonly sid: string;
  readonly revocationId: string;
  readonly deliveryId: string;
  readonly signalId: string;
  readonly keyId: string;
  readonly sourceId: string;
  readonly transmitterId: string;
  readonly sourceName: string;
  readonly planToken: string;
  readonly policyId: string;
  readonly ruleId: string;
  readonly profileName: string;
  /** Of an override. */
  readonly layer: string;
  readonly target: string;
  readonly enforcementId: string;
  readonly shiftId: string;
  readonly dutyId: string;
}

/** What a request that names B's things may come to: they are not there, or A does something to its own. */
type Outcome = number | ((answer: Answer<never>) => void);
interface Attack {
  readonly body?: unknown;
  readonly outcome: Outcome;
}

const nothingIn = ({ status, body }: Answer<{ items: unknown[] }>): void =>
  expect({ status, body }).toEqual({ status: 200, body: { items: [], nextCursor: null } });
const nothingReported = ({ status, body }: Answer): void =>
  expect({ status, body }).toEqual({ status: 200, body: { items: [] } });
const emptyList = ({ status, body }: Answer): void =>
  expect({ status, total: body.totalResults }).toEqual({ status: 200, total: 0 });
const ended =
  (count: number) =>
  ({ status, body }: Answer<{ ended: number }>): void =>
    expect({ status, ended: body.ended }).toEqual({ status: 202, ended: count });
const redelivered = ({ status, body }: Answer): void =>
  expect({ status, body }).toEqual({ status: 202, body: { redelivered: 0, nextCursor: null } });
const inactive = ({ status, body }: Answer): void =>
  expect({ status, body }).toEqual({ status: 200, body: { active: false } });
const now = (): string => new Date().toISOString();

const SHIFT = {
  name: secret,
  zone: 'UTC',
  start: '2026-01-01T00:00',
  end: '2026-01-01T23:59',
  recurrence: 'FREQ=DAILY',
};

/**
 * For each route what A sends there. The ones that make A something of the same name come after those that must not
 * find it. A route that is missing here fails the test: whoever adds one says how it keeps the wall.
 */
const attacks = (b: Ids): Readonly<Record<string, Attack | readonly Attack[]>> => ({
  'GET /v1/audit': { outcome: nothingIn },
  'GET /v1/audit/export': { outcome: ({ body }) => expect(body).toBe('') },
  'GET /v1/audit/verify': { outcome: 200 },
  'GET /v1/applications': { outcome: 200 },
  'GET /v1/applications/{clientId}': { outcome: 404 },
  'PATCH /v1/applications/{clientId}': { body: { name: 'taken over' }, outcome: 404 },
  'POST /v1/applications/{clientId}/test': { outcome: 404 },
  'DELETE /v1/applications/{clientId}': { outcome: 404 },
  'GET /v1/deliveries': { outcome: nothingIn },
  'GET /v1/deliveries/timeliness': { outcome: nothingReported },
  'GET /v1/deliveries/{deliveryId}': { outcome: 404 },
  'POST /v1/deliveries/redeliver': [
    { body: { ids: [b.deliveryId] }, outcome: redelivered },
    { body: { clientId: b.clientId, from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' }, outcome: redelivered },
  ],
  'POST /v1/signing-keys/rotate': { body: { activateAfterSeconds: 0 }, outcome: 201 },
  'GET /v1/api-keys': { outcome: 200 },
  'DELETE /v1/api-keys/{keyId}': { outcome: 404 },
  'GET /v1/approvals': { outcome: nothingIn },
  'GET /v1/approvals/{revocationId}': { outcome: 404 },
  'POST /v1/approvals/{revocationId}/approve': { body: {}, outcome: 404 },
  'POST /v1/approvals/{revocationId}/reject': { body: {}, outcome: 404 },
  'GET /v1/approval-rule': { outcome: 200 },
  'PUT /v1/approval-rule': { body: { aboveSessions: 1_000, tenantWide: false }, outcome: 428 },
  'GET /v1/administrator-sign-in': { outcome: 404 },
  'PUT /v1/administrator-sign-in': {
    body: { issuer: 'https://192.0.2.1', clientId: 'a', clientSecret: 'a', roles: [] },
    outcome: 422, // an address of no one
  },
  'DELETE /v1/administrator-sign-in': { outcome: 404 },
  // For people: a key is nobody's sign-in.
  'POST /v1/administrators/confirm': { body: { redirectUri: 'https://a.test' }, outcome: 403 },
  'POST /v1/administrators/renew': { outcome: 403 },
  'POST /v1/administrators/sign-out': { body: { redirectUri: 'https://a.test' }, outcome: 403 },
  'GET /v1/policies/default': { outcome: 200 },
  'GET /v1/policies/overrides': { outcome: nothingIn },
  'GET /v1/policies/overrides/{layer}/{target}': { outcome: 404 },
  'PUT /v1/policies/overrides/{layer}/{target}': { body: { values: { idleSeconds: 60 } }, outcome: 422 },
  'DELETE /v1/policies/overrides/{layer}/{target}': { outcome: 404 },
  'GET /v1/policies/history': { outcome: nothingIn },
  'GET /v1/policies/enforcements/{enforcementId}': { outcome: 404 },
  'GET /v1/policies/presets': { outcome: 200 },
  'GET /v1/policies/effective': { outcome: 400 },
  'POST /v1/policies/preview': {
    body: { policy: `${b.layer}:${b.target}`, document: { values: { idleSeconds: 1 } } },
    outcome: (({ body }: Answer<{ counts: { sessions: number } }>) => expect(body.counts.sessions).toBe(0)) as Outcome,
  },
  'GET /v1/policies/document': { outcome: 200 },
  'PUT /v1/policies/document': {
    body: {
      apiVersion: 'curfew/v1',
      session: { overrides: [{ layer: b.layer, id: b.target, values: { idleSeconds: 60 } }] },
    },
    outcome: 428,
  },
  'POST /v1/policies/revert': { body: { policy: `${b.layer}:${b.target}`, version: 1 }, outcome: 404 },
  'GET /v1/reactions': { outcome: 200 },
  'PUT /v1/policies/default': {
    body: {
      absoluteSeconds: 60,
      idleSeconds: 60,
      cap: 1,
      overCap: 'evict',
      applications: { [b.clientId]: { cap: 1, overCap: 'evict' } },
    },
    outcome: 202,
  },
  'GET /v1/sign-in-policies': { outcome: 200 },
  'GET /v1/sign-in-policies/assignments': { outcome: 200 },
  'GET /v1/sign-in-policies/history': { outcome: nothingIn },
  'POST /v1/sign-in-policies/revert': { body: { policy: b.policyId, version: 1 }, outcome: 404 },
  'GET /v1/sign-in-policies/{policyId}': { outcome: 404 },
  'PATCH /v1/sign-in-policies/{policyId}': { body: { name: 'taken over' }, outcome: 404 },
  'DELETE /v1/sign-in-policies/{policyId}': { outcome: 404 },
  'PUT /v1/sign-in-policies/{policyId}/rules/{ruleId}': { body: { name: 'no', action: 'DENY' }, outcome: 404 },
  'DELETE /v1/sign-in-policies/{policyId}/rules/{ruleId}': { outcome: 404 },
  'GET /v1/sign-in-profiles': {
    outcome: ({ body }: Answer<{ items: unknown[] }>) =>
      expect(body.items).toEqual([{ name: 'default', kind: 'federated' }]),
  },
  'DELETE /v1/sign-in-profiles/{profileName}': { outcome: 404 },
  'GET /v1/sign-in-protection': {
    outcome: ({ body }: Answer) => expect(body).toMatchObject({ risk: { mfaAt: 60, blockAt: 90 } }),
  },
  // B has a policy of its own for that person.
  'POST /v1/sign-in/evaluate': {
    body: { subject: b.subjectId, groups: [b.groupId], ip: '203.0.113.7' },
    outcome: ({ status, body }: Answer) =>
      expect([status, body]).toMatchObject([200, { policyId: 'default', ruleId: 'everyone' }]),
  },
  'PUT /v1/sign-in-protection': { body: { risk: { mfaAt: null, blockAt: null } }, outcome: 428 }, // names nobody's version
  'POST /v1/tenants': { body: { id: b.tenant, name: 'again' }, outcome: 403 },
  'GET /v1/tenants': { outcome: 403 },
  'GET /v1/sessions': { outcome: nothingIn },
  'GET /v1/watch/sessions': { outcome: nothingIn },
  'GET /v1/watch/sessions/changes': { outcome: ({ body }: Answer) => expect(body.items).toEqual([]) },
  'GET /v1/sessions/{sessionId}': { outcome: 404 },
  'DELETE /v1/sessions/{sessionId}': { outcome: 404 },
  'POST /v1/sessions/{sessionId}/activity': { outcome: 404 },
  'POST /oauth2/introspect': [
    { body: `token=${b.sid}&client_id=${b.clientId}`, outcome: inactive },
    { body: `token=${b.sessionId}`, outcome: inactive },
  ],
  'GET /v1/revocations': { outcome: nothingIn },
  'GET /v1/revocations/{revocationId}': { outcome: 404 },
  'GET /v1/subjects': { outcome: nothingIn },
  'GET /v1/subjects/{subjectId}': { outcome: 404 },
  'POST /v1/subjects/{subjectId}/reinstate': { body: {}, outcome: 404 },
  'PUT /v1/subjects/{subjectId}/owner': { body: { owner: 'ada' }, outcome: 404 },
  'DELETE /v1/subjects/{subjectId}/owner': { outcome: 404 },
  'PUT /v1/subjects/{subjectId}/protection': { body: {}, outcome: 404 },
  'DELETE /v1/subjects/{subjectId}/protection': { outcome: 404 },
  'GET /v1/devices/{deviceId}': { outcome: 404 },
  'POST /v1/devices/{deviceId}/clear': { body: {}, outcome: 404 },
  'POST /v1/sessions': {
    body: { subject: b.subjectId, clientId: b.clientId, sid: b.sid, authenticatedAt: now() },
    outcome: 404,
  },
  'POST /v1/revocations': [
    ...Object.entries({
      subject: b.subjectId,
      session: b.sessionId,
      application: b.clientId,
      group: b.groupId,
      tenant: b.tenant,
    }).map(([kind, id]) => ({ body: { target: { [kind]: id }, reason: 'a try' }, outcome: 404 })),
    // A device nobody has seen can be quarantined: A's own, of the same name. A plan of B's is none of A's.
    { body: { target: { device: b.deviceId }, reason: 'a try', planToken: b.planToken }, outcome: 422 },
    { body: { target: { device: b.deviceId }, reason: 'a try' }, outcome: ended(0) as Outcome },
  ],
  'POST /v1/devices/{deviceId}/revoke': { body: {}, outcome: ended(0) as Outcome },
  'GET /v1/signals': { outcome: nothingIn },
  'GET /v1/signals/{signalId}': { outcome: 404 },
  'POST /v1/signals/{signalId}/rescind': { body: {}, outcome: 404 },
  'POST /v1/signals/{signalId}/replay': { outcome: 404 },
  'GET /v1/guards': { outcome: nothingIn },
  'DELETE /v1/guards/{source}': { outcome: 404 },
  'GET /v1/holds': { outcome: nothingIn },
  'GET /v1/holds/{holdId}': { outcome: 404 },
  'POST /v1/holds/{holdId}/approve': { body: {}, outcome: 404 },
  'POST /v1/holds/{holdId}/decline': { body: {}, outcome: 404 },
  'GET /v1/shifts': { outcome: nothingIn },
  'GET /v1/shifts/gaps': { outcome: nothingIn },
  'GET /v1/shifts/occurrences': { outcome: nothingIn },
  'GET /v1/shifts/crossings': { outcome: nothingIn },
  'GET /v1/shifts/boundaries': { outcome: nothingIn },
  'GET /v1/shifts/{shiftId}': { outcome: 404 },
  'DELETE /v1/shifts/{shiftId}': { outcome: 404 },
  'GET /v1/duties': { outcome: nothingIn },
  'GET /v1/duties/{dutyId}': { outcome: 404 },
  'PUT /v1/duties/{dutyId}/extension': { body: { until: now() }, outcome: 404 },
  'POST /v1/duties/{dutyId}/extension/approve': { body: {}, outcome: 404 },
  'POST /v1/duties/{dutyId}/extension/decline': { body: {}, outcome: 404 },
  'POST /v1/signals/test': { body: { mapping: 'generic', payload: { data: [] } }, outcome: 200 },
  'GET /v1/sources': { outcome: nothingIn },
  'GET /v1/sources/{sourceId}': { outcome: 404 },
  'PATCH /v1/sources/{sourceId}': { body: { enabled: false }, outcome: 404 },
  'DELETE /v1/sources/{sourceId}': { outcome: 404 },
  'POST /v1/sources/{sourceId}/rotate-secret': { body: { overlapSeconds: 0 }, outcome: 404 },
  'GET /v1/transmitters': { outcome: nothingIn },
  'GET /v1/transmitters/{transmitterId}': { outcome: 404 },
  'PATCH /v1/transmitters/{transmitterId}': { body: { enabled: false }, outcome: 404 },
  'DELETE /v1/transmitters/{transmitterId}': { outcome: 404 },
  'POST /v1/transmitters/{transmitterId}/rotate-secret': { body: { overlapSeconds: 0 }, outcome: 404 },
  'PUT /v1/transmitters/{transmitterId}/stream': { body: { delivery: 'poll', events: [] }, outcome: 404 },
  'DELETE /v1/transmitters/{transmitterId}/stream': { outcome: 404 },
  'GET /v1/transmitters/{transmitterId}/stream/status': { outcome: 404 },
  'PUT /v1/transmitters/{transmitterId}/stream/status': { body: { status: 'paused' }, outcome: 404 },
  'POST /v1/transmitters/{transmitterId}/stream/verify': { outcome: 404 },
  'POST /v1/transmitters/{transmitterId}/stream/subjects': { body: { subject: {} }, outcome: 404 },
  'POST /v1/transmitters/{transmitterId}/stream/subjects/remove': { body: { subject: {} }, outcome: 404 },
  'GET /scim/v2/ServiceProviderConfig': { outcome: 200 },
  'GET /scim/v2/ResourceTypes': { outcome: 200 },
  'GET /scim/v2/ResourceTypes/{id}': { outcome: 404 },
  'GET /scim/v2/Schemas': { outcome: 200 },
  'GET /scim/v2/Schemas/{id}': { outcome: 404 },
  ...Object.fromEntries(
    ['Users', 'Groups'].flatMap((kind): [string, Attack][] => [
      [`GET /scim/v2/${kind}`, { outcome: emptyList }],
      [`POST /scim/v2/${kind}/.search`, { body: {}, outcome: emptyList }],
      [`GET /scim/v2/${kind}/{id}`, { outcome: 404 }],
      [`PUT /scim/v2/${kind}/{id}`, { body: { userName: 'a', displayName: 'a' }, outcome: 404 }],
      [
        `PATCH /scim/v2/${kind}/{id}`,
        { body: { Operations: [{ op: 'add', path: 'displayName', value: 'a' }] }, outcome: 404 },
      ],
      [`DELETE /scim/v2/${kind}/{id}`, { outcome: 404 }],
    ]),
  ),
  'POST /scim/v2/Bulk': {
    body: { Operations: [{ method: 'DELETE', path: `/Users/${b.id}` }] },
    outcome: ({ body }: Answer<never>) => expect(body).toMatchObject({ Operations: [{ status: '404' }] }),
  },
  // A's own of the same name.
  'POST /v1/sources': { body: { name: b.sourceName, kind: 'webhook', mapping: 'generic' }, outcome: 201 },
  'POST /v1/transmitters': {
    body: { name: b.sourceName, issuer: 'https://idp.acme.example', audience: ['a'], jwksUri: 'http://127.0.0.1:9/' },
    outcome: 201,
  },
  'POST /v1/signals': [
    ...[{ id: b.subjectId }, { employeeId: b.subjectId }, { iss: 'https://idp.example', sub: b.subjectId }].map(
      (subject, at) => ({
        body: { type: 'employment.terminated', eventId: `try-${at}`, subject, occurredAt: now() },
        outcome: 202,
      }),
    ),
    {
      body: { type: 'device.compromised', eventId: 'try-device', device: { id: b.deviceId }, occurredAt: now() },
      outcome: 202,
    },
  ],
  'PUT /v1/reactions': {
    body: {
      reactions: ['employment.terminated', 'device.compromised'].map((signalType) => ({
        name: signalType,
        signalType,
        action: 'revoke',
      })),
    },
    outcome: 200,
  },
  // From here on A has things that are called like B's.
  'PUT /v1/shifts/{shiftId}': { body: { ...SHIFT, name: 'a namesake', staff: [] }, outcome: 200 },
  'POST /v1/shifts/import': {
    body: {
      calendar: `BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:${b.shiftId}\r\nDTSTART:20260101T000000Z\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\nEND:VCALENDAR`,
    },
    outcome: 200,
  },
  'PUT /v1/guards/{source}': { body: { most: 0 }, outcome: 200 },
  'POST /scim/v2/Users': { body: { userName: b.subjectId }, outcome: 201 },
  'POST /scim/v2/Groups': { body: { displayName: b.groupId }, outcome: 201 },
  'PUT /v1/subjects/{subjectId}': { body: { identifiers: { employeeId: b.subjectId } }, outcome: 200 },
  'POST /v1/applications': { body: { clientId: b.clientId, name: 'a namesake' }, outcome: 201 },
  'POST /v1/sign-in-profiles': { body: { name: b.profileName, kind: 'mfa' }, outcome: 201 },
  'POST /v1/sign-in-policies': [
    { body: { name: 'a namesake', priority: 1_000, assignment: { subjects: [b.subjectId] } }, outcome: 201 },
    { body: { name: 'a namesake', priority: 1_000, assignment: { groups: [b.groupId] } }, outcome: 422 },
  ],
  'POST /v1/api-keys': { body: { name: 'a namesake', roles: ['application'], clientId: b.clientId }, outcome: 201 },
});

/** What each filter of a list may be asked for that is B's; the others choose among one's own. */
const filters = (b: Ids): Readonly<Record<string, string | undefined>> => ({
  subject: b.subjectId,
  device: b.deviceId,
  clientId: b.clientId,
  revocation: b.revocationId,
  correlationId: b.revocationId,
  actor: `key:${b.keyId}`,
  source: b.source,
  hold: b.holdId,
  shift: b.shiftId,
  ward: b.shiftId,
  policy: `${b.layer}:${b.target}`,
  application: undefined,
  apply: undefined,
  cursor: undefined,
  type: undefined,
  progress: undefined,
  status: undefined,
  orphaned: undefined,
  state: undefined,
  from: undefined,
  to: undefined,
  format: undefined,
  objective: undefined,
  end: undefined,
  dryRun: undefined,
  filter: undefined,
  startIndex: undefined,
  count: undefined,
  attributes: undefined,
  excludedAttributes: undefined,
  sortBy: undefined,
  sortOrder: undefined,
  aadOptscim062020: undefined,
});

describe('I7 F-72 the tenant wall', () => {
  let a: Organisation;
  let b: Organisation;
  let ids: Ids;
  /** Each answer A gets, for what must not be in it. */
  const answers: { readonly asked: string; readonly answer: Answer }[] = [];

  const ask = async (route: Route, address: string, body?: unknown): Promise<Answer> => {
    const form = route.mediaType === 'application/x-www-form-urlencoded';
    const answer = await a.curfew.ask(route.service, route.method, address, form ? undefined : body, {
      ...(form ? { raw: String(body), headers: { 'content-type': route.mediaType! } } : {}),
    });
    answers.push({ asked: `${route.method} ${address}`, answer });
    return answer;
  };

  /** Of B, as B sees it: this must not change by anything A does. */
  const stateOfB = async (): Promise<unknown> => {
    const ofB = async (path: string, service: 'registry' | 'fanout' | 'policy' | 'signals') =>
      (await b.curfew.call(service, 'GET', path)) as object;
    return {
      sessions: await ofB('/v1/sessions', 'registry'),
      subjects: await ofB('/v1/subjects', 'registry'),
      revocations: await ofB('/v1/revocations', 'registry'),
      device: await ofB(`/v1/devices/${ids.deviceId}`, 'registry'),
      applications: await ofB('/v1/applications', 'fanout'),
      deliveries: await ofB('/v1/deliveries', 'fanout'),
      signals: await ofB('/v1/signals', 'signals'),
      sources: await ofB('/v1/sources', 'signals'),
      transmitters: await ofB('/v1/transmitters', 'signals'),
      users: await ofB('/scim/v2/Users', 'signals'),
      guards: await ofB('/v1/guards', 'signals'),
      holds: await ofB('/v1/holds', 'signals'),
      shift: await ofB(`/v1/shifts/${ids.shiftId}`, 'signals'),
      duties: await ofB('/v1/duties', 'signals'),
      keys: await ofB('/v1/api-keys', 'policy'),
      policy: await ofB('/v1/policies/default', 'policy'),
      overrides: await ofB('/v1/policies/overrides', 'policy'),
      reactions: await ofB('/v1/reactions', 'policy'),
      signInPolicy: await ofB(`/v1/sign-in-policies/${ids.policyId}`, 'policy'),
      signInPolicies: await ofB('/v1/sign-in-policies', 'policy'),
      signInProtection: await ofB('/v1/sign-in-protection', 'policy'),
      signInProfiles: await ofB('/v1/sign-in-profiles', 'policy'),
      jwks: await ofB(`/t/${b.tenant}/jwks.json`, 'fanout'),
    };
  };

  beforeAll(async () => {
    [a, b] = await Promise.all([organisation(1), organisation(1, { more: { name: secret } })]);
    const { curfew, clientIds } = b;
    const [clientId] = clientIds as [string];
    const [subjectId, deviceId, groupId, source] = [made('subject'), made('device'), made('group'), made('source')];
    await curfew.call('registry', 'PUT', `/v1/subjects/${subjectId}`, {
      identifiers: { employeeId: subjectId },
      accounts: [{ iss: 'https://idp.example', sub: subjectId }],
      groups: [groupId],
      attributes: { region: secret },
    });
    const open = () =>
      curfew.open(subjectId, clientId, {
        device: { id: deviceId, name: secret },
        userAgent: secret,
        sid: made('sid'),
        signInId: made('sign-in'),
      });
    const gone = await open();
    const { revocationId } = await curfew.call<{ revocationId: string }>(
      'registry',
      'POST',
      '/v1/revocations',
      { target: { session: gone.id }, reason: secret },
      { headers: { prefer: 'wait=10' } },
    );
    const session = await open();
    const plan = { target: { device: deviceId }, reason: secret };
    const { planToken } = await curfew.call<{ planToken: string }>(
      'registry',
      'POST',
      '/v1/revocations?dryRun=true',
      plan,
    );
    const { keyId, key } = await curfew.call<{ keyId: string; key: string }>('policy', 'POST', '/v1/api-keys', {
      name: secret,
      roles: ['source'],
      source,
    });
    const [profileName, ruleId] = [made('profile'), made('rule')];
    await curfew.call('policy', 'POST', '/v1/sign-in-profiles', { name: profileName, kind: 'directory' });
    const assignment = { subjects: [subjectId] };
    const signInPolicy = { name: secret, description: secret, priority: 200, assignment };
    const { policyId } = await curfew.call<{ policyId: string }>(
      'policy',
      'POST',
      '/v1/sign-in-policies',
      signInPolicy,
    );
    await curfew.call(
      'policy',
      'PUT',
      `/v1/sign-in-policies/${policyId}/rules/${ruleId}`,
      { name: secret, action: 'ALLOW', profile: profileName },
      { headers: { 'if-match': '*' } },
    );
    const { signalId } = await curfew.as(key).terminate(made('nobody'), { reason: secret });
    const { enforcementId } = await curfew.call<{ enforcementId: string }>(
      'policy',
      'PUT',
      `/v1/policies/overrides/group/${groupId}`,
      { values: { idleSeconds: 1_800 }, reason: secret },
    );
    const sourceName = made('people-system');
    const { sourceId } = await curfew.call<{ sourceId: string }>('signals', 'POST', '/v1/sources', {
      name: sourceName,
      kind: 'webhook',
      mapping: 'generic',
    });
    const { transmitterId } = await curfew.call<{ transmitterId: string }>('signals', 'POST', '/v1/transmitters', {
      name: sourceName,
      issuer: 'https://idp.acme.example',
      audience: [secret],
      jwksUri: 'http://127.0.0.1:9/',
    });
    const { id } = await curfew.call<{ id: string }>('signals', 'POST', '/scim/v2/Users', { userName: secret });
    await until('the registry has taken the person in', async () => {
      const { items } = await curfew.call<{ items: unknown[] }>('audit', 'GET', `/v1/audit?subject=${secret}`);
      return items.length > 0;
    });
    await curfew.call('signals', 'PUT', `/v1/guards/${source}`, { most: 1 });
    await curfew.as(key).terminate(made('held'), { reason: secret });
    const [hold] = (await curfew.call<{ items: { holdId: string }[] }>('signals', 'GET', '/v1/holds')).items;
    const { holdId } = hold!;
    const shiftId = made('shift');
    await curfew.call('signals', 'PUT', `/v1/shifts/${shiftId}`, {
      ...SHIFT,
      ward: shiftId,
      staff: [{ id: made('nurse') }],
    });
    const { dutyId } = await until('the shift has a duty', async () => {
      const { items } = await curfew.call<{ items: { dutyId: string; state: string }[] }>(
        'signals',
        'GET',
        '/v1/duties',
      );
      return items.find(({ state }) => state === 'on');
    });
    const delivery = await until('the delivery is settled', async () => {
      const path = `/v1/deliveries?revocation=${revocationId}&state=accepted`;
      return (await curfew.call<{ items: { id: string }[] }>('fanout', 'GET', path)).items[0];
    });
    await until('the signal has come to rest', async () => {
      const { progress } = await curfew.call('signals', 'GET', `/v1/signals/${signalId}`);
      return progress === 'unmatched';
    });
    ids = {
      ...{ tenant: b.tenant, clientId, subjectId, deviceId, groupId, sessionId: session.id, sid: session.sid },
      ...{
        revocationId,
        deliveryId: delivery.id,
        signalId,
        keyId,
        source,
        sourceId,
        transmitterId,
        sourceName,
        planToken,
        id,
        holdId,
      },
      ...{ policyId, ruleId, profileName },
      ...{ layer: 'group', target: groupId, enforcementId, shiftId, dutyId },
    };
  }, 60_000);
  afterAll(() => Promise.all([a?.close(), b?.close()]));

  it('stands on every list, whatever it is asked for', async () => {
    for (const route of SECURED.filter(({ method }) => method === 'GET')) {
      for (const { name } of route.parameters.filter((parameter) => parameter.in === 'query')) {
        const values = filters(ids);
        if (!(name in values)) throw new Error(`${route.name}: nobody has said what ?${name}= of B's is`);
        if (values[name] === undefined || route.path.includes('{')) continue;
        const answer = await ask(route, `${route.path}?${name}=${encodeURIComponent(values[name])}`);
        if (route.path.endsWith('/effective'))
          expect(answer.status).toBe(404); // of one person, no list
        else if (route.path.endsWith('/export')) expect(answer).toMatchObject({ status: 200, body: '' });
        else nothingIn(answer as Answer<never>);
      }
    }
  });

  it('stands on every route: what is B’s is not there, exactly like what nobody has', async () => {
    const before = await stateOfB();
    const told = b.applications[0]!.journal.length; // two where its answer came too late for the first try
    const entriesBefore = await b.curfew.call<string>('audit', 'GET', '/v1/audit/export');
    const plans = attacks(ids);
    expect(Object.keys(plans).sort()).toEqual(SECURED.map(({ name }) => name).sort());

    for (const [name, attack] of Object.entries(plans)) {
      const route = SECURED.find((secured) => secured.name === name)!;
      const narrowed = /^GET \/v1\/audit(\/export)?$/.test(name) ? `?subject=${ids.subjectId}` : '';
      for (const { body, outcome } of [attack].flat() as Attack[]) {
        const answer = await ask(route, `${pathOf(route, ids)}${narrowed}`, body);
        if (typeof outcome === 'function') outcome(answer as Answer<never>);
        else expect([name, body, answer.status]).toEqual([name, body, outcome]);
        if (answer.status !== 404 || !route.path.includes('{')) continue;
        const nobody = Object.fromEntries(Object.keys(ids).map((id) => [id, randomUUID()]));
        const none = await ask(route, pathOf(route, nobody), body);
        expect([name, none.status, none.body]).toEqual([name, answer.status, answer.body]);
      }
    }

    await until('what A has tried has come to rest', async () => {
      const { items } = await a.curfew.call<{ items: { progress: string }[] }>('signals', 'GET', '/v1/signals');
      return (
        items.length === 4 && items.every(({ progress }) => ['unmatched', 'completed', 'settled'].includes(progress))
      );
    });
    expect(await stateOfB()).toEqual(before);
    expect(await b.curfew.call<string>('audit', 'GET', '/v1/audit/export')).toBe(entriesBefore);
    expect(b.applications[0]!.journal).toHaveLength(told);
  });

  it('keeps idempotency keys and cursors apart', async () => {
    const headers = { 'idempotency-key': made('once') };
    const register = (who: Organisation, clientId: string) =>
      who.curfew.ask('fanout', 'POST', '/v1/applications', { clientId, name: clientId }, { headers });
    expect((await register(b, made('app'))).status).toBe(201);
    expect((await register(a, made('app'))).status).toBe(201);
    const cursor = Buffer.from(JSON.stringify([ids.clientId.slice(0, -1)])).toString('base64url');
    const { body } = await a.curfew.ask('fanout', 'GET', `/v1/applications?cursor=${cursor}`);
    expect(JSON.stringify(body)).not.toContain(secret);
  });

  it('stands in metrics: a tenant’s series are its own and the operator’s', async () => {
    const metrics = async (key?: string): Promise<string> => {
      const { url } = product.endpoints.fanout;
      return (
        await fetch(`${url}/metrics`, { headers: { authorization: key === undefined ? '' : `Bearer ${key}` } })
      ).text();
    };
    const own = `tenant="${b.tenant}"`;
    expect(await metrics(b.curfew.key)).toContain(own);
    expect(await metrics(product.curfew.key)).toContain(own);
    for (const text of [await metrics(a.curfew.key), await metrics(), await metrics('no-key')]) {
      expect(text).not.toContain(b.tenant);
      expect(text).not.toContain(ids.clientId);
    }
  });

  it('lets nothing of B into any answer A has had', async () => {
    const everything = async (path: string) => a.curfew.ask('audit', 'GET', path);
    for (const path of ['/v1/audit', '/v1/audit/export', '/v1/audit/export?format=csv', '/v1/audit/export?format=text'])
      answers.push({ asked: path, answer: await everything(path) });
    expect(answers.length).toBeGreaterThan(SECURED.length);
    const told = answers.filter(({ answer }) => JSON.stringify(answer).includes(secret));
    expect(told.map(({ asked }) => asked)).toEqual([]);
  });
});
