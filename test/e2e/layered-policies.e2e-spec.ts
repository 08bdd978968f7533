import { randomUUID } from 'node:crypto';
import type { Answer, Curfew } from '../support/curfew.js';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EXIT, main } from '../../scripts/curfew/main.mjs';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

interface Saved {
  readonly version: number;
  readonly enforcementId: string | null;
  readonly enforcement: { readonly state: string; readonly counts: Record<string, number> | null } | null;
  readonly warnings: readonly string[];
}

interface Entry {
  readonly eventId: string;
  readonly causationId: string | null;
  readonly occurredAt: string;
  readonly type: string;
  readonly actor: string;
  readonly data: Record<string, unknown>;
}

const ORG = { absoluteSeconds: 28_800, idleSeconds: 3_600, reauthSeconds: 28_800, cap: null, overCap: 'block' };
const WAIT = { headers: { prefer: 'wait=20' } };
const HOURS = 3_600_000;

describe('policies that bite', () => {
  let acme: Organisation;
  let curfew: Curfew;
  beforeAll(async () => {
    acme = await organisation(2);
    ({ curfew } = acme);
  });
  afterAll(() => acme.close());

  const [sre, sales] = [`sre-${randomUUID().slice(0, 8)}`, `sales-${randomUUID().slice(0, 8)}`];
  const save = (path: string, body: object, query = '') =>
    curfew.call<Saved>('policy', 'PUT', `/v1/policies/${path}${query}`, body, WAIT);
  const ask = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
    curfew.ask('policy', method, `/v1/policies/${path}`, body, { headers });
  const effective = (subject: string, application = acme.clientIds[0]!) =>
    curfew.call<{ standing: string; fields: Record<string, { value: unknown; policy: string; standing: string }> }>(
      'registry',
      'GET',
      `/v1/policies/effective?subject=${subject}&application=${application}`,
    );
  const trail = async (type: string): Promise<Entry[]> =>
    (await curfew.call<{ items: Entry[] }>('audit', 'GET', `/v1/audit?type=${type}`)).items;
  const activity = (id: string) =>
    curfew.call<Record<string, unknown>>('registry', 'POST', `/v1/sessions/${id}/activity`, {});
  const member = async (id: string, groups: string[], more: Record<string, unknown> = {}) => {
    await curfew.call('registry', 'PUT', `/v1/subjects/${id}`, { groups });
    return curfew.open(id, acme.clientIds[0]!, more);
  };
  const expectProblem = ({ status, body }: Answer, expected: number, code: string, field?: string) => {
    expect({ status, code: body.code }).toEqual({ status: expected, code });
    if (field) expect(body.errors).toMatchObject([{ field }]);
  };

  it('OP-10 AU-05 a saved organisation policy marks live sessions, and says how many, in the trail as well', async () => {
    await save('default', ORG);
    const long = { authenticatedAt: new Date(Date.now() - 5 * HOURS).toISOString() };
    const old = [];
    for (let n = 0; n < 3; n++) old.push(await member(`old-${n}`, [], { ...long, sid: `sid-${n}` }));
    const fresh = await member('fresh', []);

    const saved = await save('default', { ...ORG, reauthSeconds: 14_400 });
    expect(saved.enforcement).toMatchObject({ state: 'enforced', counts: { marked: 3, changed: 1, ended: 0 } });
    for (const { id } of old) expect(await activity(id)).toEqual({ active: false, reauthenticate: true });
    expect((await curfew.introspect(old[0]!.sid, acme.clientIds[0])).active).toBe(false);
    expect(await activity(fresh.id)).toMatchObject({ active: true });

    const [enforced] = await until('the trail has it', async () => {
      const found = (await trail('curfew.policy.enforced.v1')).filter(
        ({ data }) => data.enforcementId === saved.enforcementId,
      );
      return found.length > 0 && found;
    });
    expect(enforced!.data).toMatchObject({ policy: 'default', trigger: 'save', counts: { marked: 3 } });
    const [updated] = await trail('curfew.admin.policy_updated.v1');
    expect(updated!.data.changes).toEqual([
      { field: 'reauthSeconds', from: 28_800, to: 14_400, direction: 'tightens' },
    ]);
    // The trail is in order of arrival, from two services: what led to what is said.
    expect(enforced!.causationId).toBe(updated!.eventId);
    expect(Date.parse(enforced!.occurredAt)).toBeGreaterThanOrEqual(Date.parse(updated!.occurredAt));
    expect(enforced!.actor).toBe(updated!.actor);

    // OP-01: the person signs in again, and the session goes on.
    const again = await curfew.open('old-0', acme.clientIds[0]!, { sid: 'sid-0' });
    expect(again.id).toBe(old[0]!.id);
    expect(await activity(again.id)).toMatchObject({ active: true });
    await save('default', ORG);
  });

  it('OP-02 OP-04 OP-07 OP-08 OP-11 a team’s override touches that team, field by field, and goes again', async () => {
    await save('default', ORG);
    const sessions = [await member('ada', [sre]), await member('bob', [sre]), await member('cy', [sre])];
    const other = await member('dee', [sales]);
    const path = `overrides/group/${sre}`;
    const saved = await save(path, { values: { reauthSeconds: 14_400, idleSeconds: 900 }, reason: 'on call' });
    expect(saved.enforcement).toMatchObject({ counts: { sessions: 3, changed: 3 } });
    for (const { id } of sessions) {
      const { idleExpiresAt, reauthenticateAt } = await activity(id);
      // To the millisecond, and by the database's clock: what the check answered is what comes to stand in the row.
      const row = await until('the activity is written', async () => {
        const written = await curfew.call<Record<string, string>>('registry', 'GET', `/v1/sessions/${id}`);
        return written.idleExpiresAt === idleExpiresAt && written;
      });
      expect(Date.parse(row.idleExpiresAt!) - Date.parse(row.lastActivityAt!)).toBe(900_000);
      expect(row.reauthenticateAt).toBe(reauthenticateAt);
      expect(Date.parse(row.reauthenticateAt!) - Date.parse(row.authenticatedAt!)).toBe(14_400_000);
    }
    expect(Date.parse(String((await activity(other.id)).idleExpiresAt)) - Date.now()).toBeGreaterThan(3_000_000);

    expect(await effective('ada')).toMatchObject({
      standing: 'Overrides org',
      fields: {
        idleSeconds: { value: 900, policy: `group:${sre}`, standing: 'Overrides org' },
        overCap: { value: 'block', policy: 'default', standing: 'Inherits org defaults' },
      },
    });
    expect(await effective('dee')).toMatchObject({ standing: 'Inherits org defaults' });
    await save('default', { ...ORG, idleSeconds: 1_800 });
    expect((await effective('dee')).fields.idleSeconds).toMatchObject({ value: 1_800 });
    expect((await effective('ada')).fields.idleSeconds).toMatchObject({ value: 900 });

    expect((await ask('DELETE', path)).status).toBe(202);
    expect(await effective('ada')).toMatchObject({
      standing: 'Inherits org defaults',
      fields: { idleSeconds: { value: 1_800 } },
    });
    expectProblem(await ask('GET', path), 404, 'policy_not_found');
    expectProblem(await ask('DELETE', path), 404, 'policy_not_found');
  });

  it('OP-09 LT-04 refuses what is looser unless it is exact, what is never absent, and what nobody has', async () => {
    await save('default', ORG);
    await member('eve', [sre]);
    const put = (path: string, body: object) => ask('PUT', `overrides/${path}`, body);
    const group = `group/${sre}`;
    expectProblem(
      await put(group, { values: { idleSeconds: null } }),
      409,
      'looser_than_default',
      'values.idleSeconds',
    );
    const exact = { values: { idleSeconds: 7_200 }, exact: ['idleSeconds'], reason: 'migration week' };
    const nextWeek = new Date(Date.now() + 168 * HOURS).toISOString();
    expectProblem(await put(group, exact), 400, 'invalid_field', 'expiresAt');
    expectProblem(await put(group, { ...exact, expiresAt: '2020-01-01T00:00:00Z' }), 400, 'invalid_field', 'expiresAt');
    expect((await put(group, { ...exact, expiresAt: nextWeek })).status).toBe(202);
    expect((await effective('eve')).fields.idleSeconds).toMatchObject({ value: 7_200, exact: true });
    expect((await put(group, { values: { absoluteSeconds: null } })).body.errors).toMatchObject([
      { field: 'values.absoluteSeconds' },
      {},
      {},
    ]);
    expectProblem(await ask('PUT', 'default', { ...ORG, absoluteSeconds: null }), 400, 'invalid_field');
    for (const [layer, id] of [
      ['group', 'nobody-is-in-it'],
      ['application', 'nowhere'],
      ['region', 'atlantis'],
      ['subject', 'nobody'],
    ] as const)
      expectProblem(await put(`${layer}/${id}`, { values: { idleSeconds: 60 } }), 422, 'unprocessable_field', layer);
    expectProblem(
      await put(`application/${acme.clientIds[0]}`, { values: { cap: 1 } }),
      400,
      'invalid_field',
      'values.cap',
    );
    expect((await put(group, { values: { cap: 4 }, privileged: true })).body.warnings).toMatchObject([
      expect.stringMatching(/^cap: 4 .* 1 to 2/) as string,
    ]);
    await ask('DELETE', `overrides/${group}`);
  });

  it('N-15 a preview says what a save would do, and does nothing', async () => {
    await save('default', ORG);
    const one = await member('gus', [sre], { device: { id: 'a' } });
    await member('gus', [sre], { device: { id: 'b' } });
    const document = { values: { cap: 1, overCap: 'evict', idleSeconds: 60 } };
    const body = { policy: `group:${sre}`, document, apply: 'immediate' };
    const preview = await curfew.call<{ counts: Record<string, number>; looser: string[]; samples: unknown[] }>(
      'registry',
      'POST',
      '/v1/policies/preview',
      body,
    );
    expect(preview.counts).toMatchObject({ evicted: 0 }); // the organisation blocks, and that is stricter
    expect(preview.looser).toEqual(['overCap']);
    expect(preview.counts.changed).toBeGreaterThanOrEqual(2);
    expect(preview.samples.length).toBeGreaterThanOrEqual(2);
    expect(Date.parse(String((await activity(one.id)).idleExpiresAt)) - Date.now()).toBeGreaterThan(3_000_000);
    const wrong = await curfew.ask('registry', 'POST', '/v1/policies/preview', {
      ...body,
      document: { values: { idleSeconds: 0 } },
    });
    expectProblem(wrong, 400, 'invalid_field', 'document.values.idleSeconds');
  });

  it('OP-14 saving the same again changes nothing, and of two administrators neither overwrites the other unawares', async () => {
    const first = await save('default', ORG);
    expect((await save('default', ORG)).version).toBe(first.version);
    const { headers } = await ask('GET', 'default');
    expect(headers.etag).toBe(`"${first.version}"`);
    const withMatch = (idleSeconds: number) =>
      ask('PUT', 'default', { ...ORG, idleSeconds }, { 'if-match': String(headers.etag) });
    const answers = await Promise.all([withMatch(1_000), withMatch(2_000)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 412]);
  });

  it('AU-06 PB-04 keeps every version, and a revert restores one exactly, as a version of its own', async () => {
    await member('fay', [sre]);
    const path = `overrides/group/${sre}`;
    const policy = `group:${sre}`;
    await save('default', ORG);
    const one = await save(path, { values: { idleSeconds: 600, cap: 2 }, reason: 'one' });
    const { policy: _policy, version: _one, ...before } = await curfew.call('policy', 'GET', `/v1/policies/${path}`);
    const two = await save(path, { values: { idleSeconds: 300 }, reason: 'two' });
    const reverted = await curfew.call<Saved>(
      'policy',
      'POST',
      '/v1/policies/revert',
      { policy, version: one.version },
      WAIT,
    );
    expect(reverted.version).toBe(two.version + 1);
    const { policy: _name, version: _three, ...after } = await curfew.call('policy', 'GET', `/v1/policies/${path}`);
    expect(after).toEqual(before);
    const { items } = await curfew.call<{ items: Record<string, unknown>[] }>(
      'policy',
      'GET',
      `/v1/policies/history?policy=${policy}`,
    );
    expect(items.slice(0, 3)).toMatchObject([
      {
        version: reverted.version,
        changes: [
          { field: 'idleSeconds', from: 300, to: 600, direction: 'loosens' },
          { field: 'cap', to: 2, direction: 'tightens' },
        ],
      },
      { version: two.version, reason: 'two' },
      { version: one.version, reason: 'one', actor: expect.stringMatching(/^key:/) as string },
    ]);
    await until('the trail has the revert', async () =>
      (await trail('curfew.admin.override_updated.v1')).some(({ data }) => data.version === reverted.version),
    );
    expectProblem(await ask('POST', 'revert', { policy, version: 99 }), 404, 'policy_not_found');
    expectProblem(await ask('POST', 'revert', { policy: 'sre', version: 1 }), 400, 'invalid_field', 'policy');
  });

  it('OP-14 policies as a file: what the command line gets, compares, applies and reverts', async () => {
    const folder = mkdtempSync(path.resolve('.curfew', 'policies-'));
    const file = path.join(folder, 'policies.yaml');
    const env = { CURFEW_URL: curfew.endpoints.policy.url, CURFEW_KEY: curfew.key };
    const run = async (...args: string[]) => {
      const said: string[] = [];
      const say = (text: string) => void said.push(text);
      return { code: await main(['policy', ...args], { env, out: say, err: say }), said: said.join('\n') };
    };
    const change = (from: string, to: string) => writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
    try {
      await save('default', { ...ORG, cap: 3 });
      expect(await run('get', '-o', file)).toEqual({ code: EXIT.done, said: '' });
      expect(await run('diff', file)).toEqual({ code: EXIT.done, said: 'Nothing differs.' });
      change('idleSeconds: 3600', 'idleSeconds: 1800');
      const differs = await run('diff', file);
      expect(differs).toMatchObject({
        code: EXIT.differs,
        said: expect.stringContaining('idleSeconds: 3600 → 1800') as string,
      });
      const etag = /--if-match '(.+)'/.exec(differs.said)![1]!;
      expect(await run('apply', file, '--if-match', etag)).toMatchObject({
        code: EXIT.done,
        said: expect.stringMatching(/default: \d+ live sessions judged/) as string,
      });
      expect(await run('apply', file, '--if-match', etag)).toMatchObject({ code: EXIT.outdated });
      expect((await run('apply', file)).said).toBe('Nothing differs.');
      const { items } = await curfew.call<{ items: { version: number }[] }>(
        'policy',
        'GET',
        '/v1/policies/history?policy=default',
      );
      expect((await run('revert', 'default', String(items[1]!.version))).code).toBe(EXIT.done);
      expect((await run('diff', file)).code).toBe(EXIT.differs);
      change('action: ALLOW', 'action: PERHAPS');
      expect(await run('apply', file)).toMatchObject({
        code: EXIT.failed,
        said: expect.stringContaining('signIn.policies.0.rules.0.action') as string,
      });
      expect(await run('apply', path.join(folder, 'none.yaml'))).toMatchObject({ code: EXIT.failed });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
