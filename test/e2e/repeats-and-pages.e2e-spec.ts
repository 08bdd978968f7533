import { randomUUID } from 'node:crypto';
import { inTurns, type Answer } from '../support/curfew.js';
import { organisation, product, type Organisation } from '../support/product.js';
import { pathOf, SECURED } from '../support/routes.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const made = (what: string): string => `${what}-${randomUUID().slice(0, 8)}`;
const transmitter = () => ({
  name: made('idp'),
  issuer: 'https://idp.acme.example',
  audience: ['curfew'],
  jwksUri: 'http://127.0.0.1:9/jwks',
});
const now = (): string => new Date().toISOString();

describe('an Idempotency-Key', () => {
  let acme: Organisation;
  let values: Record<string, string>;
  beforeAll(async () => {
    acme = await organisation(1);
    const { curfew, clientIds } = acme;
    const [deviceId, subjectId] = [made('device'), made('subject')];
    await curfew.call('registry', 'PUT', `/v1/subjects/${subjectId}`, {});
    await curfew.open(subjectId, clientIds[0]!, { device: { id: deviceId } });
    const { signalId } = await curfew.terminate(made('nobody'));
    const source = { name: made('source'), kind: 'webhook', mapping: 'generic' };
    const { sourceId } = await curfew.call<{ sourceId: string }>('signals', 'POST', '/v1/sources', source);
    const { transmitterId } = await curfew.call<{ transmitterId: string }>(
      'signals',
      'POST',
      '/v1/transmitters',
      transmitter(),
    );
    values = { deviceId, subjectId, signalId, sourceId, transmitterId };
  });
  afterAll(() => acme.close());

  /** For each route that takes one: a request, and another that must not pass for it. */
  const requests = (): Readonly<Record<string, readonly [object, object]>> => {
    const session = { subject: made('s'), clientId: acme.clientIds[0], authenticatedAt: now() };
    const signal = { type: 'device.compromised', eventId: made('e'), device: { id: made('d') }, occurredAt: now() };
    const source = { name: made('source'), kind: 'webhook', mapping: 'generic' };
    const application = { clientId: made('app'), name: 'one' };
    const [from, to] = ['2020-01-01T00:00:00Z', '2021-01-01T00:00:00Z'];
    return {
      'POST /v1/signals': [signal, { ...signal, eventId: made('e') }],
      'POST /v1/signals/{signalId}/rescind': [{ reason: 'one' }, { reason: 'two' }],
      'POST /v1/sources': [source, { ...source, name: made('source') }],
      'POST /v1/sources/{sourceId}/rotate-secret': [{ overlapSeconds: 60 }, { overlapSeconds: 0 }],
      'POST /v1/transmitters': [transmitter(), transmitter()],
      'POST /v1/transmitters/{transmitterId}/rotate-secret': [{ overlapSeconds: 60 }, { overlapSeconds: 0 }],
      'POST /v1/tenants': [
        { id: made('t'), name: 'one' },
        { id: made('t'), name: 'two' },
      ],
      'POST /v1/api-keys': [
        { name: 'one', roles: ['auditor'] },
        { name: 'two', roles: ['owner'] },
      ],
      'POST /v1/sign-in-policies': [
        { name: 'one', priority: 1 },
        { name: 'two', priority: 1 },
      ],
      'POST /v1/sign-in-profiles': [
        { name: made('profile'), kind: 'local' },
        { name: made('profile'), kind: 'mfa' },
      ],
      'POST /v1/policies/revert': [
        { policy: 'default', version: 0 },
        { policy: 'default', version: 0, reason: 'two' },
      ],
      'POST /v1/sign-in-policies/revert': [
        { policy: 'default', version: 1 },
        { policy: 'default', version: 1, reason: 'two' },
      ],
      'POST /v1/sign-in/evaluate': [
        { subject: made('s'), ip: '203.0.113.7', outcome: 'failed' },
        { subject: made('s'), ip: '203.0.113.7', outcome: 'failed' },
      ],
      'POST /v1/sessions': [session, { ...session, subject: made('s') }],
      'POST /v1/revocations': [
        { target: { subject: values.subjectId }, reason: 'one' },
        { target: { subject: values.subjectId }, reason: 'two' },
      ],
      'POST /v1/devices/{deviceId}/revoke': [{ reason: 'one' }, { reason: 'two' }],
      'POST /v1/devices/{deviceId}/clear': [{ reason: 'one' }, { reason: 'two' }],
      'POST /v1/subjects/{subjectId}/reinstate': [{ reason: 'one' }, { reason: 'two' }],
      'POST /v1/applications': [application, { ...application, clientId: made('app') }],
      'POST /v1/deliveries/redeliver': [
        { clientId: acme.clientIds[0], from, to },
        { clientId: 'another', from, to },
      ],
      'POST /v1/signing-keys/rotate': [{ activateAfterSeconds: 0 }, { activateAfterSeconds: 1 }],
    };
  };
  /** What is not the answer but how far things have come by now. */
  const lasting = ({ status, body }: Answer): unknown => {
    const { state: _state, outcome: _outcome, ended: _ended, ...rest } = body;
    return { status, body: rest };
  };

  it('makes one effect of many of the same request, and refuses another, on every route that takes one', async () => {
    const plans = requests();
    const takers = SECURED.filter(({ parameters }) => parameters.some(({ name }) => name === 'Idempotency-Key'));
    expect(takers.map(({ name }) => name).sort()).toEqual(Object.keys(plans).sort());
    for (const route of takers) {
      const [one, two] = plans[route.name]!;
      const curfew = route.path === '/v1/tenants' ? product.curfew : acme.curfew;
      const headers = { 'idempotency-key': `"${made('key')}"` };
      const send = (body: object, more = headers) =>
        curfew.ask(route.service, route.method, pathOf(route, values), body, { headers: more });
      const answers = await Promise.all(Array.from({ length: 5 }, () => send(one)));
      const [first] = answers.map(lasting);
      expect([route.name, (first as Answer).status < 300]).toEqual([route.name, true]);
      for (const answer of [...answers, await send(one)])
        expect([route.name, lasting(answer)]).toEqual([route.name, first]);
      expect([route.name, await send(two)]).toMatchObject([
        route.name,
        { status: 422, body: { code: 'idempotency_key_reused' } },
      ]);
      for (const key of ['x'.repeat(256), 'with space']) {
        const answer = await send(one, { 'idempotency-key': key });
        expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'Idempotency-Key' }] } });
      }
    }
  });

  it('belongs to who used it: another key of the tenant may use the same', async () => {
    const headers = { 'idempotency-key': made('key') };
    const { key } = await acme.curfew.call<{ key: string }>('policy', 'POST', '/v1/api-keys', {
      name: 'a colleague',
      roles: ['admin'],
    });
    for (const curfew of [acme.curfew, acme.curfew.as(key)]) {
      const body = { clientId: made('app'), name: 'one of two' };
      expect((await curfew.ask('fanout', 'POST', '/v1/applications', body, { headers })).status).toBe(201);
    }
  });
});

describe('a list', () => {
  const COUNT = 205; // two pages and a bit
  let acme: Organisation;
  beforeAll(async () => {
    acme = await organisation(0);
  });
  afterAll(() => acme.close());

  const walk = async (service: 'registry' | 'audit', path: string): Promise<Record<string, unknown>[]> => {
    const all: Record<string, unknown>[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { items: Record<string, unknown>[]; nextCursor: string | null } = await acme.curfew.call(
        service,
        'GET',
        `${path}${cursor === '' ? '' : `${path.includes('?') ? '&' : '?'}cursor=${cursor}`}`,
      );
      expect(page.items.length).toBeLessThanOrEqual(100);
      all.push(...page.items);
      cursor = page.nextCursor;
    }
    return all;
  };

  it('gives each row once over its pages, whatever its id holds', async () => {
    const names = Array.from({ length: COUNT }, (_, at) => `${['a', '%', "o'", 'ü', '💩', '"'][at % 6]}${at}`);
    await inTurns(names, 8, (name) =>
      acme.curfew.call('registry', 'PUT', `/v1/subjects/${encodeURIComponent(name)}`, {}),
    );
    const subjects = await walk('registry', '/v1/subjects');
    expect(subjects.map(({ id }) => String(id)).sort()).toEqual(names.sort());

    const path = '/v1/audit?type=curfew.subject.changed.v1';
    const entries = await until('the trail has them all', async () => {
      const found = await walk('audit', path);
      return found.length >= COUNT && found;
    });
    expect(new Set(entries.map(({ subject }) => subject)).size).toBe(COUNT);
    const order = entries.map(({ seq }) => Number(seq));
    expect(order).toEqual(order.toSorted((a, b) => b - a));
  });
});
