import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Form } from '../support/form.js';
import { organisation, product, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

interface Entry {
  readonly seq: number;
  readonly eventId: string;
  readonly type: string;
  readonly actor: string;
  readonly subject: string;
  readonly occurredAt: string;
  readonly correlationId: string;
  readonly data: Record<string, unknown>;
}

describe('the audit trail', () => {
  let acme: Organisation;
  let correlationId: string;
  let sourceKey: string;
  const formula = '=HYPERLINK("http://evil.example")';
  beforeAll(async () => {
    acme = await organisation(2);
    const { curfew, clientIds } = acme;
    await curfew.person('ada', clientIds);
    sourceKey = (
      await curfew.call<{ key: string }>('policy', 'POST', '/v1/api-keys', {
        name: formula,
        roles: ['source'],
        source: 'workday',
      })
    ).key;
    const signal = await curfew
      .as(sourceKey)
      .terminate('ada', { reason: 'left the company' }, { headers: { prefer: 'wait=10' } });
    const chain = await curfew.call<{ correlationId: string }>(
      'registry',
      'GET',
      `/v1/revocations/${signal.revocationId!}`,
    );
    correlationId = chain.correlationId;
  });
  afterAll(() => acme.close());

  const search = async (query: string): Promise<Entry[]> =>
    (await acme.curfew.call<{ items: Entry[] }>('audit', 'GET', `/v1/audit?${query}`)).items;
  const wholeChain = (): Promise<Entry[]> =>
    until('the trail has the last step', async () => {
      const entries = await search(`correlationId=${correlationId}`);
      return entries.some(({ type }) => type === 'curfew.revocation.completed.v1') && entries;
    });

  it('AU-01 I3 has every step of a termination once: who, when, why, by one correlation id', async () => {
    const entries = await wholeChain();
    const steps = entries.map(({ type }) => type.replace(/^curfew\.|\.v1$/g, ''));
    for (const [step, count] of Object.entries({
      'signal.received': 1,
      'revocation.requested': 1,
      'revocation.started': 1,
      'session.revoked': 2,
      'revocation.resolved': 1,
      'delivery.accepted': 2,
      'revocation.completed': 1,
    }))
      expect([step, steps.filter((one) => one === step).length]).toEqual([step, count]);
    expect(new Set(entries.map(({ eventId }) => eventId)).size).toBe(entries.length);
    expect(entries.every(({ actor }) => actor === 'source:workday')).toBe(true);
    expect(entries.every(({ occurredAt }) => Math.abs(Date.now() - Date.parse(occurredAt)) < 60_000)).toBe(true);
    const received = entries.find(({ type }) => type === 'curfew.signal.received.v1');
    expect(JSON.stringify(received!.data)).toContain('left the company');
  });

  it('AU-02 has a change of policy with who changed it, and what it was before', async () => {
    const { curfew } = acme;
    const before = await curfew.call<Record<string, unknown>>('policy', 'GET', '/v1/policies/default');
    const after = { ...before, idleSeconds: 1_234 };
    await curfew.call('policy', 'PUT', '/v1/policies/default', after);
    const [entry] = await until('the trail has it', async () => {
      const found = await search('type=curfew.admin.policy_updated.v1');
      return found.length > 0 && found;
    });
    expect(entry).toMatchObject({ actor: expect.stringMatching(/^key:/) as string, data: { before, after } });
  });

  it('AU-10 is found by what it is about', async () => {
    await wholeChain();
    const of = (entries: Entry[], field: 'type' | 'actor' | 'subject') => [
      ...new Set(entries.map((one) => one[field])),
    ];
    expect(of(await search('type=curfew.session.revoked.v1'), 'type')).toEqual(['curfew.session.revoked.v1']);
    expect(of(await search('actor=source:workday'), 'actor')).toEqual(['source:workday']);
    expect(of(await search('subject=ada'), 'subject')).toEqual(['ada']);
    const [first] = (await search('subject=ada')).slice(-1);
    expect(await search('to=2020-01-01T00:00:00Z')).toEqual([]);
    expect(await search('from=2100-01-01T00:00:00Z')).toEqual([]);
    expect((await search('subject=ada&from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z')).at(-1)).toEqual(first);
  });

  it('F-71 is exported whole, as NDJSON and as CSV in which nothing is a formula', async () => {
    await wholeChain();
    const ndjson = await acme.curfew.ask<string>('audit', 'GET', `/v1/audit/export?correlationId=${correlationId}`);
    expect(ndjson.headers['content-type']).toMatch(/^application\/x-ndjson/);
    const exported = ndjson.body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry);
    expect(exported).toEqual((await search(`correlationId=${correlationId}`)).toReversed());

    const subject = encodeURIComponent(formula);
    await acme.curfew.call('registry', 'PUT', `/v1/subjects/${subject}`, {});
    const csv = await until('the export has the name', async () => {
      const { body, headers } = await acme.curfew.ask<string>(
        'audit',
        'GET',
        `/v1/audit/export?format=csv&subject=${subject}`,
      );
      expect(headers['content-type']).toMatch(/^text\/csv/);
      expect(headers['content-disposition']).toContain('attachment');
      return body.includes('HYPERLINK') && body;
    });
    expect(csv).toContain(`"'=HYPERLINK(`);
    expect(csv).not.toMatch(/(^|,)"?=/m);
  });

  it('is verified, also against what the witness has kept', async () => {
    await wholeChain();
    const verification = await until('the witness has a head', async () => {
      const found = await acme.curfew.call('audit', 'GET', '/v1/audit/verify');
      return Number(found.witnessedHeads) > 0 && found;
    });
    expect(verification).toMatchObject({ valid: true, faults: [] });
    expect(Number(verification.signedHeads)).toBeGreaterThan(0);
  });

  it('operators see health, metrics by application, and the API’s description, at every service', async () => {
    const { curfew, clientIds } = acme;
    for (const service of ['signals', 'policy', 'registry', 'fanout', 'audit'] as const) {
      expect(await curfew.ask(service, 'GET', '/health/live')).toMatchObject({ status: 200, body: { status: 'live' } });
      expect(await curfew.ask(service, 'GET', '/health/ready')).toMatchObject({ body: { status: 'ready' } });
      expect(await curfew.call(service, 'GET', '/openapi.json')).toMatchObject({
        openapi: expect.stringMatching(/^3\.1/) as string,
      });
    }
    const metrics = String(await curfew.call<unknown>('fanout', 'GET', '/metrics'));
    for (const clientId of clientIds)
      expect(metrics).toMatch(
        new RegExp(`curfew_delivery_seconds_count\\{[^}]*application="${clientId}"[^}]*\\} [1-9]`),
      );
    expect(metrics).toMatch(new RegExp(`curfew_revocation_seconds_count\\{tenant="${acme.tenant}"\\} [1-9]`));
    for (const name of ['curfew_http_request_seconds', 'curfew_event_lag_seconds'])
      expect(metrics).toContain(`# TYPE ${name} histogram`);
  });

  it("a termination's correlation id leads through the logs of every service it passed", async () => {
    await acme.curfew.person('lou', acme.clientIds);
    const { signalId } = await acme.curfew.terminate('lou', {}, { headers: { prefer: 'wait=20' } });
    const folder = path.join(product.dataDir, 'logs');
    const lines = readdirSync(folder)
      .flatMap((file) => readFileSync(path.join(folder, file), 'utf8').split('\n'))
      .filter((line) => line.includes(signalId))
      .map((line) => JSON.parse(line) as { service: string; correlationId: string; type: string });
    expect(new Set(lines.map(({ correlationId }) => correlationId))).toEqual(new Set([signalId]));
    expect(new Set(lines.map(({ service, type }) => `${service} ${type}`))).toEqual(
      new Set([
        'signals curfew.signal.received.v1',
        'policy curfew.revocation.requested.v1',
        'registry curfew.revocation.started.v1',
        'registry curfew.revocation.resolved.v1',
        'fanout curfew.revocation.completed.v1',
      ]),
    );
  });

  it('no log and no trail holds a key or a token', async () => {
    const entries = await acme.curfew.call<string>('audit', 'GET', '/v1/audit/export');
    const folder = path.join(product.dataDir, 'logs');
    const logs = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), 'utf8'));
    expect(logs.length).toBeGreaterThan(0);
    const tokens = acme.applications.flatMap(({ journal }) => journal.map(({ token }) => token));
    expect(tokens.length).toBeGreaterThan(0);
    for (const secret of [Form.bootstrapKey, acme.curfew.key, sourceKey, ...tokens])
      for (const text of [entries, ...logs]) expect(text.includes(secret)).toBe(false);
    for (const log of logs) expect(log).not.toMatch(/cfw_[A-Za-z0-9_-]{20}|eyJ[A-Za-z0-9_-]{20}/);
  });
});
