import {
  ApprovalRuleUpdatedV1,
  RevocationBreakGlassUsedV1,
  RevocationDecidedV1,
  RevocationHeldV1,
  RevocationStartedV1,
  SessionRevokedV1,
  type ApprovalRule,
} from '@curfew/contracts';
import { permissionsOf, type Principal } from '@curfew/runtime';
import { v7 as uuidv7 } from 'uuid';
import { until } from '../../../../test/support/until.js';
import { codeOf, openRegistry, type FakeRegistry } from '../registry.fake.js';

describe('kills that take two people', () => {
  let registry: FakeRegistry;
  let tenant: string;
  let [ada, bob, carl]: Principal[] = [];

  beforeAll(async () => (registry = await openRegistry()));
  afterAll(() => registry.close());
  beforeEach(async () => {
    tenant = await registry.tenant(['crm', 'erp']);
    [ada, bob, carl] = [key('owner'), key('admin'), key('responder')];
    for (let n = 0; n < 3; n++) await registry.open(tenant, `u-${n}`);
  });
  afterEach(() => registry.expireApprovals.beforeApplicationShutdown());

  const key = (role: 'owner' | 'admin' | 'responder'): Principal => {
    const keyId = uuidv7({ msecs: Date.now() - 60_000 });
    const permissions = permissionsOf([role], null);
    return {
      tenant,
      keyId,
      actor: `key:${keyId}`,
      roles: [role],
      permissions,
      clientId: null,
      source: null,
      person: null,
    };
  };
  const set = (rule: Partial<ApprovalRule>, ifMatch = '*') =>
    registry.decideApproval.saveRule(ada!, ifMatch, {
      ...{ aboveSessions: null, tenantWide: false, withinSeconds: 900 },
      ...rule,
    });
  const kill = (
    target: { kind: 'application' | 'tenant' | 'subject'; id: string },
    caller = ada!,
    more: { breakGlass?: boolean } = {},
  ) => registry.requestRevocation.execute(caller, { target, reason: 'a test', bar: false, ...more });
  const person = (id: string) => ({ kind: 'subject', id }) as const;
  const crm = { kind: 'application', id: 'crm' } as const;
  const approve = (caller: Principal, revocationId: string) =>
    codeOf(registry.decideApproval.approve(caller, revocationId, null));
  const ended = async () => {
    registry.endInBatches.onApplicationBootstrap();
    await registry.resolved(tenant);
    await registry.endInBatches.beforeApplicationShutdown();
  };
  const live = async () => (await registry.sessions(tenant)).filter(({ ended_at }) => ended_at === null).length;
  const told = async (type: { type: string }) => (await registry.published(tenant, type)).map(({ data }) => data);
  const state = (revocationId: string) => registry.run(tenant, (tx) => registry.approvals.get(tx, revocationId));

  it('N-04 one administrator and one session too many: nothing ends, until another approves; then it is in force', async () => {
    await set({ aboveSessions: 2 });
    const { revocationId } = await kill(crm);
    expect(await live()).toBe(3);
    expect(await told(RevocationHeldV1)).toMatchObject([{ revocationId, sessions: 3, target: crm }]);
    expect([await told(RevocationStartedV1), await told(SessionRevokedV1)]).toEqual([[], []]);
    await registry.open(tenant, 'later');
    expect(await approve(bob!, revocationId)).toBe('opened');
    await ended();
    expect(await live()).toBe(0);
    expect(await told(RevocationStartedV1)).toMatchObject([{ revocationId, target: crm }]);
    expect(await told(RevocationDecidedV1)).toEqual([
      { revocationId, decision: 'approved', requestedBy: ada!.actor, reason: null },
    ]);
    expect((await registry.published(tenant, RevocationDecidedV1))[0]).toMatchObject({ actor: bob!.actor });
    expect((await registry.published(tenant, RevocationStartedV1))[0]).toMatchObject({ actor: ada!.actor });
  });

  it('N-04 not by the same person, nor by a key that was made since, nor twice', async () => {
    await set({ aboveSessions: 2 });
    const { revocationId } = await kill(crm);
    expect(await approve(ada!, revocationId)).toBe('own_revocation');
    const since = { ...bob!, keyId: uuidv7() };
    expect(await approve({ ...since, actor: `key:${since.keyId}` }, revocationId)).toBe('own_revocation');
    expect(await live()).toBe(3);
    const outcomes = await Promise.all([approve(bob!, revocationId), approve(key('admin'), revocationId)]);
    expect(outcomes.sort()).toEqual(['approval_decided', 'opened']);
    expect(await told(RevocationStartedV1)).toHaveLength(1);
    expect(await approve(bob!, uuidv7())).toBe('approval_not_found');
  });

  it('N-04 what is not larger, and what is not the whole tenant, needs nobody', async () => {
    await set({ aboveSessions: 3, tenantWide: true });
    await kill({ kind: 'subject', id: 'u-0' });
    expect(await live()).toBe(2);
    const { revocationId } = await kill({ kind: 'tenant', id: tenant });
    expect(await state(revocationId)).toMatchObject({ state: 'pending', sessions: 2 });
    await set({ aboveSessions: null, tenantWide: false });
    await kill(crm);
    expect(await told(RevocationHeldV1)).toHaveLength(1);
  });

  it('N-04 rejected by another or by whoever asked, but by nobody who could not approve it; then nothing comes of it', async () => {
    await set({ aboveSessions: 0 });
    const [first, second] = [await kill(crm), await kill(crm)];
    const reject = (caller: Principal, { revocationId }: { revocationId: string }) =>
      codeOf(registry.decideApproval.reject(caller, revocationId, 'a mistake'));
    expect(await reject(carl!, first)).toBe('forbidden');
    expect(await reject(ada!, first)).toBe('opened');
    expect(await reject(bob!, second)).toBe('opened');
    expect(await approve(bob!, first.revocationId)).toBe('approval_decided');
    expect(await told(RevocationDecidedV1)).toMatchObject([
      { decision: 'rejected', reason: 'a mistake' },
      { decision: 'rejected' },
    ]);
    expect(await live()).toBe(3);
  });

  it('N-04 expires to the second, and says so', async () => {
    await set({ aboveSessions: 0, withinSeconds: 60 });
    const [late, timely] = [await kill(crm), await kill({ kind: 'subject', id: 'u-0' })];
    const { expiresAt } = (await state(late.revocationId))!;
    const now = await registry.later(0);
    await registry.owner.query(`UPDATE test_clock SET ahead = ahead + make_interval(secs => $1)`, [
      (expiresAt.getTime() - now.getTime()) / 1000 - 20,
    ]);
    expect(await approve(bob!, timely.revocationId)).toBe('opened');
    await registry.later(20);
    expect(await approve(bob!, late.revocationId)).toBe('approval_decided');
    registry.expireApprovals.onApplicationBootstrap();
    await until('it is said', async () => (await told(RevocationDecidedV1)).length === 2);
    expect((await told(RevocationDecidedV1))[1]).toMatchObject({
      revocationId: late.revocationId,
      decision: 'expired',
    });
    expect(await state(late.revocationId)).toMatchObject({ state: 'expired', decidedBy: 'service:registry' });
    expect(await live()).toBe(2);
  });

  it('N-04 is judged when it is approved: who is on the never-kill list by then stays', async () => {
    await set({ aboveSessions: 0 });
    const { revocationId } = await kill({ kind: 'subject', id: 'u-1' });
    await registry.run(tenant, (tx) =>
      tx.sql(`INSERT INTO protected_subjects (tenant, subject_id, protected_by) VALUES ($1, 'u-1', 'key:x')`, [tenant]),
    );
    expect(await approve(bob!, revocationId)).toBe('subject_protected');
    expect(await state(revocationId)).toMatchObject({ state: 'pending' });
    expect(await told(RevocationDecidedV1)).toEqual([]);
  });

  it('N-04 many small kills of one person count together, also at once; another’s do not, nor what two wanted, nor what is long ago', async () => {
    for (let n = 3; n < 9; n++) await registry.open(tenant, `u-${n}`);
    await set({ aboveSessions: 2, countedSeconds: 3_600 });
    const [dora, erik] = [key('admin'), key('admin')];
    await Promise.all(['u-0', 'u-1', 'u-2', 'u-3'].map((id) => kill(person(id), dora)));
    expect(await live()).toBe(7); // two of the four; the others wait
    const held = await told(RevocationHeldV1);
    expect(held).toMatchObject([{ sessions: 1 }, { sessions: 1 }]);
    await kill(person('u-4'), erik);
    expect(await live()).toBe(6);
    for (const { revocationId } of held as { revocationId: string }[])
      expect(await approve(bob!, revocationId)).toBe('opened');
    expect(await live()).toBe(4);
    await registry.later(3_601);
    for (const id of ['u-5', 'u-6']) await registry.open(tenant, id);
    const { revocationId } = await kill(person('u-7'), dora);
    expect(await state(revocationId)).toBeUndefined(); // what was before is too long ago, what two wanted never counted
  });

  it('N-04 a kill whose sessions are still being ended counts whole', async () => {
    await registry.open(tenant, 'u-0', { clientId: 'erp' });
    await set({ aboveSessions: 3, countedSeconds: 3_600 });
    await kill(crm);
    expect(await live()).toBe(4); // nobody has begun to end them
    const { revocationId } = await kill({ kind: 'application', id: 'erp' });
    expect(await state(revocationId)).toMatchObject({ state: 'pending', sessions: 1 });
  });

  it('N-04 who signs out at an application or a broker is nobody’s kill', async () => {
    await set({ aboveSessions: 1, countedSeconds: 3_600 });
    const application: Principal = { ...carl!, roles: ['application'], clientId: 'crm', actor: 'application:crm' };
    for (const id of ['u-0', 'u-1', 'u-2']) await kill(person(id), application);
    expect(await live()).toBe(0);
  });

  it('N-04 the glass is broken by who could approve, alone and loudly; where no second person is asked for it is no glass', async () => {
    await set({ aboveSessions: 2, countedSeconds: 3_600 });
    expect(await codeOf(kill(crm, carl, { breakGlass: true }))).toBe('forbidden');
    expect(await live()).toBe(3);
    await kill(person('u-0'), bob, { breakGlass: true });
    expect(await told(RevocationBreakGlassUsedV1)).toEqual([]);
    await registry.open(tenant, 'u-3');
    const { revocationId } = await kill(crm, bob, { breakGlass: true });
    await ended();
    expect([await live(), await told(RevocationHeldV1)]).toEqual([0, []]);
    expect(await told(RevocationBreakGlassUsedV1)).toEqual([
      { revocationId, target: crm, reason: 'a test', sessions: 3, counted: 1 },
    ]);
    expect((await registry.published(tenant, RevocationBreakGlassUsedV1))[0]).toMatchObject({ actor: bob!.actor });
  });

  it('N-04 the rule is changed by one of two who saw the same, and each change is told', async () => {
    await set({ aboveSessions: 50 }, '"0"');
    expect(await codeOf(set({ aboveSessions: null }, '"0"'))).toBe('precondition_failed');
    await set({ aboveSessions: 50 }, '"1"');
    expect(await told(ApprovalRuleUpdatedV1)).toMatchObject([
      { version: 1, before: { aboveSessions: null }, after: { aboveSessions: 50 } },
    ]);
  });
});
