import type { Answer, CallOptions, Curfew } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

interface PolicyView {
  readonly policyId: string;
  readonly version: number;
  readonly name: string;
  readonly priority: number;
  readonly ruleCount: number;
  readonly rules: readonly Record<string, unknown>[];
}

interface Verdict {
  readonly decision: string;
  readonly policyId: string | null;
  readonly ruleId: string | null;
  readonly why: readonly unknown[];
}

const POLICIES = '/v1/sign-in-policies';
const ANY: CallOptions = { headers: { 'if-match': '*' } };
/** 2026-11-02 is a Monday; Berlin is an hour ahead of UTC. */
const NOON = '2026-11-02T11:00:00Z';
const EVENING = '2026-11-02T19:00:00Z';

describe('who may sign in, and how', () => {
  let acme: Organisation;
  let curfew: Curfew;
  let broker: Curfew;
  beforeAll(async () => {
    acme = await organisation(0);
    ({ curfew } = acme);
    broker = await curfew.newKey({ roles: ['broker'] });
    for (const [name, kind] of [
      ['corporate', 'directory'],
      ['local', 'local'],
      ['totp', 'mfa'],
    ])
      await curfew.call('policy', 'POST', '/v1/sign-in-profiles', { name, kind });
  });
  afterAll(() => acme.close());

  const create = (more: Record<string, unknown>) =>
    curfew.call<PolicyView>('policy', 'POST', POLICIES, { name: 'a test', priority: 100, ...more });
  const rule = (policyId: string, ruleId: string, body: object, options = ANY) =>
    curfew.ask('policy', 'PUT', `${POLICIES}/${policyId}/rules/${ruleId}`, body, options);
  const get = (policyId: string) => curfew.call<PolicyView>('policy', 'GET', `${POLICIES}/${policyId}`);
  const evaluate = (more: Record<string, unknown> = {}, by = broker) =>
    by.call<Verdict>('policy', 'POST', '/v1/sign-in/evaluate', {
      ...{ subject: 'ada', groups: [], ip: '203.0.113.7', at: NOON },
      ...more,
    });
  const fieldOf = ({ status, body }: Answer) => [
    status,
    body.code,
    (body.errors as { field: string }[] | undefined)?.[0]?.field,
  ];

  it('SP-04 SP-05 SP-14 SP-16 from the start the default policy is there, lets everyone in, and stays', async () => {
    const { items } = await curfew.call<{ items: PolicyView[] }>('policy', 'GET', POLICIES);
    expect(items).toMatchObject([{ policyId: 'default', name: 'Default Sign-In Policy', priority: 1, ruleCount: 1 }]);
    const session = { absoluteSeconds: 28_800, idleSeconds: 3_600, cap: 3, persistent: false, auditLevel: 'DETAILED' };
    const everyone = { policyId: 'default', ruleId: 'everyone' };
    expect(await evaluate()).toMatchObject({
      ...{ decision: 'ALLOW', ...everyone, profile: 'default', mfa: null, steps: ['profile'], session },
    });
    const gone = await curfew.ask('policy', 'DELETE', `${POLICIES}/default`);
    expect([gone.status, gone.body.code]).toEqual([409, 'default_sign_in_policy']);
    expect(
      (await rule('default', 'everyone', { name: 'Everyone', action: 'ALLOW', profile: 'local', mfa: 'totp' })).status,
    ).toBe(200);
    expect(await evaluate()).toMatchObject({
      ...{
        decision: 'ALLOW',
        ...everyone,
        profile: 'local',
        mfa: 'totp',
        steps: ['profile', 'mfa'],
      },
      session,
    });
  });

  it('SP-03 SP-07 SP-08 SP-15 SP-25 the first rule that matches decides, and why the others did not is said', async () => {
    const mine = { name: 'Office', priority: 500, assignment: { groups: ['staff'] } };
    expect(fieldOf(await curfew.ask('policy', 'POST', POLICIES, mine))).toEqual([
      ...[422, 'unprocessable_field', 'assignment.groups.0'], // nobody was ever in it
    ]);
    await curfew.call('registry', 'PUT', '/v1/subjects/eve', { groups: ['staff'] });
    const office = await until('policy knows the group', async () => {
      const { status, body } = await curfew.ask('policy', 'POST', POLICIES, mine);
      return status === 201 && (body as unknown as PolicyView);
    });
    const night = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '18:00', to: '08:00', timeZone: 'Europe/Berlin' };
    await rule(office.policyId, 'inside', {
      ...{ name: 'Inside', priority: 300, action: 'ALLOW', profile: 'corporate', conditions: { ip: ['10.1.2.3/8'] } },
    });
    await rule(office.policyId, 'night', {
      name: 'Block External After Hours',
      priority: 200,
      action: 'DENY',
      conditions: { time: night },
    });
    await rule(office.policyId, 'day', { name: 'By day', action: 'ALLOW', profile: 'corporate', mfa: 'totp' });
    const staff = { groups: ['staff'] };
    expect(await evaluate({ subject: 'eve', groups: undefined })).toMatchObject({ ruleId: 'day' }); // as the directory says
    expect(await evaluate(staff)).toMatchObject({
      ...{ decision: 'ALLOW', policyId: office.policyId, ruleId: 'day' },
      why: [
        { policyId: office.policyId, ruleId: 'inside', unmet: ['ip'] },
        { policyId: office.policyId, ruleId: 'night', unmet: ['time'] },
      ],
    });
    expect(await evaluate({ ...staff, at: EVENING })).toMatchObject({ decision: 'DENY', ruleId: 'night' });
    expect(await evaluate({ ...staff, at: EVENING, ip: '::ffff:10.9.9.9' })).toMatchObject({
      ruleId: 'inside',
      profile: 'corporate',
    });
    expect(await evaluate({ at: EVENING })).toMatchObject({
      ruleId: 'everyone', // who is in no custom policy has the default one
      why: [{ policyId: office.policyId, ruleId: null, unmet: ['assignment'] }],
    });
    expect(await get(office.policyId)).toMatchObject({
      rules: [{ ruleId: 'inside', conditions: { ip: ['10.0.0.0/8'] } }, { ruleId: 'night' }, { ruleId: 'day' }],
    });
  });

  it('SP-01 SP-17 SP-18 SP-19 SP-20 a policy is described, edited, switched off and removed', async () => {
    const { policyId, version } = await create({
      name: 'Contractors',
      priority: 900,
      assignment: { subjects: ['bob'] },
    });
    await rule(policyId, 'all', { name: 'All', action: 'DENY' });
    const bob = { subject: 'bob' };
    expect(await evaluate(bob)).toMatchObject({ policyId });
    const patch = (body: object, etag?: string) =>
      curfew.ask(
        'policy',
        'PATCH',
        `${POLICIES}/${policyId}`,
        body,
        etag === undefined ? {} : { headers: { 'if-match': etag } },
      );
    expect(await patch({ name: 'x' })).toMatchObject({ status: 428, body: { code: 'precondition_required' } });
    expect(await patch({ name: 'x' }, `"${version}"`)).toMatchObject({
      status: 412,
      body: { code: 'precondition_failed' },
    });
    const edited = await patch({ name: 'Externals', description: 'All of them', priority: 800 }, '"2"');
    expect(edited).toMatchObject({ status: 200, headers: { etag: '"3"' }, body: { version: 3, status: 'active' } });
    const { items } = await curfew.call<{ items: PolicyView[] }>('policy', 'GET', POLICIES);
    expect(items[0]).toMatchObject({
      ...{ policyId, name: 'Externals', description: 'All of them', status: 'active', priority: 800, ruleCount: 1 },
    });
    expect(await get(policyId)).toMatchObject({
      rules: [{ ruleId: 'all', action: 'DENY', profile: null, session: null }],
    });
    expect((await patch({ status: 'inactive' }, '"3"')).status).toBe(200);
    expect(await evaluate(bob)).toMatchObject({ policyId: 'default' });
    expect((await curfew.ask('policy', 'DELETE', `${POLICIES}/${policyId}`)).status).toBe(204);
    expect((await curfew.ask('policy', 'GET', `${POLICIES}/${policyId}`)).status).toBe(404);
  });

  it('SP-02 SP-06 SP-09 SP-10 SP-12 SP-24 what can not be is refused by its field', async () => {
    const { policyId } = await create({});
    const refusal = async (body: object) => fieldOf(await rule(policyId, 'r', { name: 'r', action: 'DENY', ...body }));
    const time = { days: ['mon'], from: '09:00', to: '17:00', timeZone: 'Mars/Base' };
    const cases: readonly (readonly [object, string])[] = [
      [{ priority: 0 }, 'priority'],
      [{ priority: 1_001 }, 'priority'],
      [{ action: 'ALLOW' }, 'profile'],
      [{ action: 'ALLOW', profile: 'nobody' }, 'profile'],
      [{ action: 'ALLOW', mfa: 'local' }, 'mfa'],
      [{ conditions: { ip: ['10.0.0.1', '10.0.0.0/33'] } }, 'conditions.ip.1'],
      [{ conditions: { matchAllUsers: false } }, 'conditions.matchAllUsers'],
      [{ conditions: { time } }, 'conditions.time.timeZone'],
    ];
    for (const [body, field] of cases)
      expect([body, await refusal(body)]).toEqual([body, [422, 'unprocessable_field', field]]);
    const priority = await curfew.ask('policy', 'POST', POLICIES, { name: 'p', priority: 1_001 });
    expect(fieldOf(priority)).toEqual([422, 'unprocessable_field', 'priority']);
    const body = { subject: 'ada', groups: [], ip: '10.0.0' };
    expect(fieldOf(await broker.ask('policy', 'POST', '/v1/sign-in/evaluate', body))).toEqual([
      422,
      'unprocessable_field',
      'ip',
    ]);
    expect(await rule(policyId, 'r', { action: 'DENY' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_field' },
    });
    expect(await get(policyId)).toMatchObject({ version: 1, rules: [] });
    const used = await curfew.ask('policy', 'DELETE', '/v1/sign-in-profiles/local');
    expect([used.status, used.body.code]).toEqual([409, 'sign_in_profile_in_use']);
  });

  it('LK-01 LK-02 RK-01 CP-01 the front end asks, says how it came out, and obeys', async () => {
    const path = '/v1/sign-in-protection';
    const first = await curfew.ask('policy', 'GET', path);
    expect(first).toMatchObject({ status: 200, headers: { etag: '"0"' }, body: { risk: { mfaAt: 60, blockAt: 90 } } });
    const window = { failures: 3, withinSeconds: 600, lockSeconds: 900 };
    const asked = {
      lockout: { user: [window], ip: [{ ...window, failures: 5 }] },
      risk: { mfaAt: 40, blockAt: 70 },
      captcha: { afterFailures: 2, withinSeconds: 600 },
    };
    const put = (body: object, headers: Record<string, string> = {}) =>
      curfew.ask('policy', 'PUT', path, body, { headers });
    expect(await put(asked)).toMatchObject({ status: 428 });
    expect(fieldOf(await put({ risk: { mfaAt: 70, blockAt: 70 } }, { 'if-match': '*' }))).toEqual([
      ...[422, 'unprocessable_field', 'risk.blockAt'],
    ]);
    expect(await put(asked, { 'if-match': '"0"' })).toMatchObject({
      status: 200,
      headers: { etag: '"1"' },
      body: asked,
    });
    expect(await put(asked, { 'if-match': '"0"' })).toMatchObject({ status: 412 });
    expect(await put(asked, { 'if-match': '"1"' })).toMatchObject({ status: 200, headers: { etag: '"1"' } });
    await rule('default', 'everyone', { name: 'Everyone', action: 'ALLOW', profile: 'local' });

    const at = (risk: number) => evaluate({ subject: 'kim', risk });
    expect(await at(39)).toMatchObject({ decision: 'ALLOW', steps: ['profile'] });
    expect(await at(40)).toMatchObject({ decision: 'ALLOW', steps: ['profile', 'mfa'] });
    expect(await at(70)).toMatchObject({ decision: 'DENY', reason: 'risk_too_high' });

    const ip = '198.51.100.7';
    const failed = (subject: string) => evaluate({ subject, ip, outcome: 'failed' });
    expect(await failed('kim')).toMatchObject({ decision: 'ALLOW', steps: ['profile'] });
    expect(await failed('kim')).toMatchObject({ decision: 'ALLOW', steps: ['captcha', 'profile'] });
    expect(await failed('kim')).toMatchObject({ decision: 'DENY', reason: 'user_locked', session: null });
    expect(await evaluate({ subject: 'kim', ip: '198.51.100.8' })).toMatchObject({ reason: 'user_locked' });
    await Promise.all(['lee', 'max'].map(failed));
    expect(await evaluate({ subject: 'noa', ip })).toMatchObject({ decision: 'DENY', reason: 'ip_locked' });
    await until('both locks are in the audit trail', async () => {
      const trail = '/v1/audit?type=curfew.sign-in.locked.v1';
      const { items } = await curfew.call<{ items: { subject: string }[] }>('audit', 'GET', trail);
      return [ip, 'kim'].every((subject) => items.some((item) => item.subject === subject));
    });
  });

  it('AU-02 each change is in the audit trail', async () => {
    const { policyId } = await create({ name: 'Audited' });
    await rule(policyId, 'r', { name: 'r', action: 'DENY' });
    const path = '/v1/audit?type=curfew.admin.sign_in_policy_updated.v1';
    await until('the trail has both', async () => {
      const { items } = await curfew.call<{ items: { subject: string }[] }>('audit', 'GET', path);
      return items.filter(({ subject }) => subject === policyId).length === 2;
    });
  });
});
