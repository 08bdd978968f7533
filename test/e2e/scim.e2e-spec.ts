import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Answer, Curfew, SignalView } from '../support/curfew.js';
import { organisation, product, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

/** The first run makes a Python environment. */
const INSTALLED_WITHIN_MS = 300_000;
const root = path.resolve(__dirname, '..', '..');
const made = (what: string): string => `${what}-${randomUUID().slice(0, 8)}`;
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

interface Resource extends Record<string, unknown> {
  readonly id: string;
  readonly active: boolean;
  readonly meta: { readonly version: string; readonly location: string };
}
interface List {
  readonly totalResults: number;
  readonly itemsPerPage: number;
  readonly Resources: readonly Resource[];
}
type Send = (idp: Directory, user: Resource) => Promise<Answer>;

/** One that provisions by SCIM, with a key of its own. */
class Directory {
  constructor(
    readonly curfew: Curfew,
    readonly source: string,
  ) {}

  ask<T = Record<string, unknown>>(method: string, at: string, body?: unknown, headers: Record<string, string> = {}) {
    return this.curfew.ask<T>('signals', method, `/scim/v2${at}`, body, {
      headers: body === undefined ? headers : { 'content-type': 'application/scim+json', ...headers },
    });
  }

  async call<T = Resource>(method: string, at: string, body?: unknown): Promise<T> {
    const answer = await this.ask<T>(method, at, body);
    if (answer.status >= 300) throw new Error(`${method} ${at}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  user(userName: string, more: object = {}): Promise<Resource> {
    return this.call('POST', '/Users', { userName, emails: [{ value: `${userName}@acme.example` }], ...more });
  }

  group(displayName: string, members: readonly string[]): Promise<Resource> {
    return this.call('POST', '/Groups', { displayName, members: members.map((value) => ({ value })) });
  }

  patch(at: string, ...operations: object[]): Promise<Answer> {
    return this.ask('PATCH', at, { schemas: [PATCH], Operations: operations });
  }
}

describe('SCIM', () => {
  let acme: Organisation;
  let curfew: Curfew;
  let idp: Directory;
  beforeAll(async () => {
    acme = await organisation(2);
    ({ curfew } = acme);
    idp = await directory('okta');
  });
  afterAll(() => acme.close());

  const directory = async (source: string): Promise<Directory> =>
    new Directory(await curfew.newKey({ roles: ['source'], scopes: ['scim:provision'], source }), source);
  const subjectOf = (id: string) =>
    curfew.call<{ groups: string[]; bars: unknown[]; identifiers: object }>('registry', 'GET', `/v1/subjects/${id}`);
  const known = (id: string, holds: (subject: Awaited<ReturnType<typeof subjectOf>>) => boolean) =>
    until('the registry knows it', async () =>
      holds(await subjectOf(id).catch(() => ({ groups: [], bars: [] }) as never)),
    );
  const listed = (id: string) =>
    until(
      'the registry knows the person',
      async () => (await curfew.ask('registry', 'GET', `/v1/subjects/${id}`)).status === 200,
    );
  const signalsOf = async (type: string, { id }: Resource): Promise<SignalView[]> => {
    const { items } = await curfew.call<{ items: (SignalView & { subject: { sub: string } })[] }>(
      'signals',
      'GET',
      `/v1/signals?type=${type}&source=scim:okta`,
    );
    return items.filter(({ subject }) => subject.sub === id);
  };
  /** Provisioned, known by the registry, and signed in at every application. */
  const employed = async (more: object = {}): Promise<{ name: string; user: Resource; sids: string[] }> => {
    const name = made('ada');
    const user = await idp.user(name, more);
    await listed(name);
    const sessions = await Promise.all(acme.clientIds.map((clientId) => curfew.open(name, clientId)));
    return { name, user, sids: sessions.map(({ sid }) => sid) };
  };
  const told = (sids: readonly string[]) =>
    until('every application was told', () =>
      acme.applications.every(({ ended }) => sids.some((sid) => ended.has(sid))),
    );
  const open = (name: string) =>
    curfew.ask('registry', 'POST', '/v1/sessions', {
      subject: name,
      clientId: acme.clientIds[0],
      authenticatedAt: new Date().toISOString(),
    });

  it(
    'passes scim2-tester, which nobody here wrote',
    async () => {
      const script = path.join(root, 'scripts', 'scim-tester.mjs');
      const { python } = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as {
        python: string;
      };
      const tested = await directory('tested');
      const { stdout } = await promisify(execFile)(
        python,
        [path.join(root, 'test/support/scim2-tester/check.py'), `${product.endpoints.signals.url}/scim/v2`],
        { env: { ...process.env, SCIM_TOKEN: tested.curfew.key }, maxBuffer: 1e8 },
      );
      const results = JSON.parse(stdout) as { status: string; title: string; reason: string }[];
      expect(results.length).toBeGreaterThan(100);
      expect(
        results.filter(({ status, reason }) => status !== 'SUCCESS' && !/not supported by the server/.test(reason)),
      ).toEqual([]);
    },
    INSTALLED_WITHIN_MS,
  );

  const spellings: readonly (readonly [string, Send])[] = [
    [
      'Okta, catalogue application: no path',
      (at, { id }) => at.patch(`/Users/${id}`, { op: 'replace', value: { active: false } }),
    ],
    [
      'Entra by default: "Replace" and "False"',
      (at, { id }) => at.patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'False' }),
    ],
    [
      'Entra with its flag',
      (at, { id }) => at.patch(`/Users/${id}?aadOptscim062020`, { op: 'replace', path: 'active', value: false }),
    ],
    [
      'an older Entra: a list of a value',
      (at, { id }) =>
        at.patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: [{ $ref: null, value: 'False' }] }),
    ],
    [
      'text, no path, among attributes nobody knows',
      (at, { id }) => at.patch(`/Users/${id}`, { op: 'replace', value: { shoeSize: 44, Active: 'false' } }),
    ],
    [
      'by its URN',
      (at, { id }) =>
        at.patch(`/Users/${id}`, {
          op: 'replace',
          path: 'urn:ietf:params:scim:schemas:core:2.0:User:active',
          value: false,
        }),
    ],
    [
      'Okta, wizard application: PUT of the whole user',
      (at, user) => at.ask('PUT', `/Users/${user.id}`, { ...user, active: false }),
    ],
    [
      'Bulk',
      (at, { id }) =>
        at.ask('POST', '/Bulk', {
          Operations: [
            {
              method: 'PATCH',
              path: `/Users/${id}`,
              data: { Operations: [{ op: 'replace', value: { active: false } }] },
            },
          ],
        }),
    ],
    ['DELETE', (at, { id }) => at.ask('DELETE', `/Users/${id}`)],
  ];

  it.each(spellings)('RV-01 ends what a person has at every application: %s', async (_spelling, send) => {
    const { name, user, sids } = await employed();
    for (let times = 0; times < 2; times++)
      expect((await send(idp, user)).status).toBeLessThan(times === 0 ? 300 : 405);
    await told(sids);
    expect((await curfew.sessions({ subject: name })).map(({ status }) => status)).toEqual(['ended', 'ended']);
    expect(await open(name)).toMatchObject({ status: 403, body: { code: 'subject_barred' } });
    const signals = await signalsOf('employment.terminated', user);
    expect(signals).toHaveLength(1); // one for the edge, not one a request
  });

  it('N-13 reactivated, a person may sign in again, and what was ended stays ended', async () => {
    const { name, user, sids } = await employed();
    await idp.patch(`/Users/${user.id}`, { op: 'replace', value: { active: false } });
    await told(sids);
    await idp.patch(`/Users/${user.id}`, { op: 'Replace', path: 'active', value: 'True' });
    await until('the bar is lifted', async () => (await open(name)).status === 201);
    const before = (await curfew.sessions({ subject: name })).filter(({ sid }) => sids.includes(sid));
    expect(before.map(({ status }) => status)).toEqual(['ended', 'ended']);
  });

  it('created anew after it was deleted, a person may sign in again; created inactive, never could', async () => {
    const { name, user, sids } = await employed();
    await idp.call('DELETE', `/Users/${user.id}`);
    await told(sids);
    expect((await idp.ask('GET', `/Users/${user.id}`)).status).toBe(404);
    const again = await idp.user(name);
    expect(again.id).not.toBe(user.id);
    await until('the bar is lifted', async () => (await open(name)).status === 201);

    const never = made('eve');
    await idp.user(never, { active: false });
    await known(never, ({ bars }) => bars.length === 1);
    expect((await open(never)).body.code).toBe('subject_barred');
  });

  it('finds whom HR and the applications know already, and adds to what others have said', async () => {
    const [name, employeeId] = [made('bob'), made('E')];
    await curfew.call('registry', 'PUT', `/v1/subjects/${name}`, { identifiers: { employeeId }, groups: ['by-hand'] });
    const user = await idp.user(made('robert'), {
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { employeeNumber: employeeId },
    });
    const group = await idp.group(made('ward'), [user.id]);
    await known(name, ({ groups }) => groups.includes(String(group.displayName)));
    expect((await subjectOf(name)).groups).toContain('by-hand');
    const { sid } = await curfew.open(name, acme.clientIds[0]!);
    await idp.patch(`/Users/${user.id}`, { op: 'replace', value: { active: false } });
    await until('its application was told', () => acme.applications[0]!.ended.has(sid));
  });

  it('RV-18 a group change reaches who is in it: out of a group whose barrier stands, the sessions end', async () => {
    const ward = made('ward');
    const { name, user } = await employed();
    const group = await idp.group(ward, []);
    await idp.patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: user.id }] });
    await known(name, ({ groups }) => groups.includes(ward));
    await curfew.revoke({ group: ward });
    expect((await curfew.sessions({ subject: name })).every(({ status }) => status === 'ended')).toBe(true);

    const removals = [
      { op: 'Remove', path: 'members', value: [{ value: user.id }] },
      { op: 'remove', path: `members[value eq "${user.id}"]` },
      { op: 'replace', path: 'members', value: [] },
    ];
    for (const removal of removals) {
      expect((await idp.patch(`/Groups/${group.id}`, removal)).status).toBe(204);
      await known(name, ({ groups }) => !groups.includes(ward));
      await idp.patch(`/Groups/${group.id}`, { op: 'Add', path: 'members', value: [{ value: user.id }] });
      await known(name, ({ groups }) => groups.includes(ward));
    }
    const renamed = made('ward');
    await idp.patch(`/Groups/${group.id}`, { op: 'replace', value: { id: group.id, displayName: renamed } });
    await known(name, ({ groups }) => groups.includes(renamed) && !groups.includes(ward));
    expect((await idp.call<{ members: unknown[] }>('GET', `/Groups/${group.id}`)).members).toHaveLength(1);
    await idp.call('DELETE', `/Groups/${group.id}`);
    await known(name, ({ groups }) => groups.length === 0);
  });

  it('finds by filter what Entra and Okta ask for, page by page', async () => {
    const directoryOfTen = await directory('entra');
    const names = Array.from({ length: 10 }, (_, at) => `P${at}-${randomUUID().slice(0, 6)}`);
    for (const name of names) await directoryOfTen.user(name, { externalId: `x-${name}`, title: 'O"Brien (x)' });
    const find = (filter: string, more = '') =>
      directoryOfTen.call<List>('GET', `/Users?filter=${encodeURIComponent(filter)}${more}`);
    const one = names[3]!;
    for (const filter of [
      `userName eq "${one.toUpperCase()}"`,
      `USERNAME Eq "${one}"`,
      `externalId eq "x-${one}"`,
      `emails[type eq "work" or value sw "${one}"].value eq "${one}@acme.example"`,
      `emails.value eq "${one}@ACME.example" and active eq true`,
      `active eq "True" and userName sw "p3-"`,
      `title eq "o\\"brien (X)" and userName co "${one.slice(1)}"`,
      `not (userName ne "${one}")`,
    ])
      expect([filter, (await find(filter)).Resources.map(({ userName }) => userName)]).toEqual([filter, [one]]);
    expect(await find(`userName eq "${randomUUID()}"`)).toMatchObject({ totalResults: 0, Resources: [] });
    expect(await find(`externalId eq "X-${one}"`)).toMatchObject({ totalResults: 0 }); // this one is told by its case
    expect(await find('userName pr', '&count=0')).toMatchObject({ totalResults: 10, itemsPerPage: 0 });
    const pages = await Promise.all(
      [1, 5, 9].map((start) => directoryOfTen.call<List>('GET', `/Users?startIndex=${start}&count=4`)),
    );
    expect(pages.map(({ itemsPerPage }) => itemsPerPage)).toEqual([4, 4, 2]);
    expect(new Set(pages.flatMap(({ Resources }) => Resources.map(({ id }) => id))).size).toBe(10);
    for (const nasty of [
      'userName',
      'userName eq',
      'x eq "1"',
      'userName eq "a" or',
      '(((',
      'userName zz "a"',
      'userName eq "\u0000"',
    ])
      expect((await directoryOfTen.ask('GET', `/Users?filter=${encodeURIComponent(nasty)}`)).status).toBe(400);
    expect(
      (await idp.call<List>('GET', '/Users?filter=' + encodeURIComponent(`userName eq "${one}"`))).totalResults,
    ).toBe(0);
  });

  it('keeps whoever writes by an old ETag from undoing a newer change', async () => {
    const user = await idp.user(made('ida'));
    const { version } = user.meta;
    expect(await idp.ask('GET', `/Users/${user.id}`, undefined, { 'if-none-match': version })).toMatchObject({
      status: 304,
    });
    expect(
      (await idp.ask('PUT', `/Users/${user.id}`, { ...user, title: 'Nurse' }, { 'if-match': version })).status,
    ).toBe(200);
    const late = await idp.ask('PUT', `/Users/${user.id}`, { ...user, title: 'Porter' }, { 'if-match': version });
    expect(late).toMatchObject({ status: 412, body: { schemas: [ERROR], status: '412' } });
    expect((await idp.ask('DELETE', `/Users/${user.id}`, undefined, { 'if-match': version })).status).toBe(412);
    expect(await idp.call('GET', `/Users/${user.id}`)).toMatchObject({ title: 'Nurse', active: true });
  });

  it('F-69 refuses in SCIM’s own form', async () => {
    const user = await idp.user(made('uma'));
    const long = 'x'.repeat(300);
    const cases: readonly (readonly [string, string, unknown, number, string | undefined])[] = [
      ['POST', '/Users', { userName: user.userName }, 409, 'uniqueness'],
      ['POST', '/Users', { displayName: 'nobody' }, 400, 'invalidValue'],
      ['POST', '/Users', { userName: long }, 400, 'invalidValue'],
      ['POST', '/Users', { userName: 'a\u0000b' }, 400, 'invalidValue'],
      ['POST', '/Users', { userName: made('x'), active: 'perhaps' }, 400, 'invalidValue'],
      [
        'POST',
        '/Users',
        {
          userName: made('x'),
          emails: [
            { value: 'a', primary: true },
            { value: 'b', primary: true },
          ],
        },
        400,
        'invalidValue',
      ],
      ['POST', '/Users', ['a'], 400, 'invalidSyntax'],
      ['POST', '/Groups', { displayName: made('g'), members: [{ value: randomUUID() }] }, 400, 'invalidValue'],
      ['PATCH', `/Users/${user.id}`, { Operations: [{ op: 'remove' }] }, 400, 'noTarget'],
      ['PATCH', `/Users/${user.id}`, { Operations: [{ op: 'replace', path: 'id', value: 'x' }] }, 400, 'mutability'],
      [
        'PATCH',
        `/Users/${user.id}`,
        { Operations: [{ op: 'replace', path: 'emails[', value: 'x' }] },
        400,
        'invalidPath',
      ],
      ['PATCH', `/Users/${user.id}`, { Operations: [{ op: 'remove', path: 'userName' }] }, 400, 'invalidValue'],
      [
        'PATCH',
        `/Users/${user.id}`,
        { Operations: [{ op: 'jump', path: 'active', value: false }] },
        400,
        'invalidSyntax',
      ],
      ['PATCH', `/Users/${user.id}`, { Operations: [] }, 400, 'invalidSyntax'],
      ['PUT', `/Users/${randomUUID()}`, { userName: 'x' }, 404, undefined],
      ['GET', `/Users/no-uuid`, undefined, 404, undefined],
      ['GET', `/Users?attributs=x`, undefined, 400, 'invalidValue'],
      ['GET', `/Schemas?filter=${encodeURIComponent('name eq "User"')}`, undefined, 403, undefined],
      [
        'POST',
        '/Bulk',
        { Operations: Array.from({ length: 201 }, () => ({ method: 'DELETE', path: '/Users/x' })) },
        413,
        undefined,
      ],
      ['GET', '/Nothing', undefined, 404, undefined],
      ['DELETE', '/Schemas', undefined, 405, undefined],
    ];
    for (const [method, at, body, status, scimType] of cases) {
      const answer = await idp.ask(method, at, body);
      const what = [method, at, JSON.stringify(body)?.slice(0, 100)];
      expect([what, answer.status, answer.body.scimType]).toEqual([what, status, scimType]);
      expect(answer.body).toMatchObject({ schemas: [ERROR], status: String(status) });
      expect(answer.headers['content-type']).toMatch(/^application\/scim\+json/);
    }
    for (const [raw, status] of [
      ['{"userName":"a","userName":"b"}', 400],
      ['{', 400],
      [`{"userName":"${'x'.repeat(3_000_000)}"}`, 413],
    ] as const) {
      const answer = await idp.curfew.ask('signals', 'POST', '/scim/v2/Users', undefined, { raw });
      expect([raw.slice(0, 20), answer.status, answer.body.schemas]).toEqual([raw.slice(0, 20), status, [ERROR]]);
    }
    expect(await idp.call('GET', `/Users/${user.id}`)).toEqual(user); // nothing half done
  });

  it('Bulk does each by itself, and knows what it has just made', async () => {
    const name = made('kim');
    const { Operations } = await idp.call<{ Operations: { status: string; location?: string }[] }>('POST', '/Bulk', {
      failOnErrors: 2,
      Operations: [
        { method: 'POST', path: '/Users', bulkId: 'kim', data: { userName: name } },
        { method: 'POST', path: '/Users', data: { userName: name } },
        {
          method: 'POST',
          path: '/Groups',
          bulkId: 'g',
          data: { displayName: made('g'), members: [{ value: 'bulkId:kim' }] },
        },
        {
          method: 'PATCH',
          path: '/Users/bulkId:kim',
          data: { Operations: [{ op: 'add', path: 'title', value: 'Nurse' }] },
        },
        { method: 'PUT', path: '/Users/bulkId:nobody', data: { userName: made('x') } },
        { method: 'DELETE', path: '/Groups/bulkId:g' },
      ],
    });
    expect(Operations.map(({ status }) => status)).toEqual(['201', '409', '201', '200', '400']); // two errors, and no more
    const found = await idp.call<List>('GET', `/Users?filter=${encodeURIComponent(`userName eq "${name}"`)}`);
    expect(found.Resources).toMatchObject([{ title: 'Nurse', groups: [{ type: 'direct' }] }]);
  });

  it('is one directory’s own: another’s people are not there', async () => {
    const user = await idp.user(made('zoe'));
    const other = await directory('another');
    for (const [method, body] of [
      ['GET', undefined],
      ['PUT', { userName: 'x' }],
      ['DELETE', undefined],
    ] as const)
      expect((await other.ask(method, `/Users/${user.id}`, body)).status).toBe(404);
    expect((await other.user(String(user.userName))).id).not.toBe(user.id);
    expect((await idp.call<List>('GET', '/Users?count=0')).totalResults).toBeGreaterThan(0);
  });
});
