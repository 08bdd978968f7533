import { RevocationResolvedV1, SessionRevokedV1 } from '@curfew/contracts';
import type { Target } from '../barrier/barrier.js';
import { codeOf, openRegistry, type FakeRegistry, type StoredSession } from '../registry.fake.js';

const AUTHENTICATED_BEFORE = new Date(Date.now() - 60_000);

const covers = ({ kind, id }: Target, session: StoredSession): boolean =>
  kind === 'tenant' ||
  (kind === 'subject' && session.subject_id === id) ||
  (kind === 'device' && session.device_id === id) ||
  (kind === 'application' && session.client_id === id) ||
  (kind === 'group' && session.groups.includes(id)) ||
  (kind === 'session' && session.session_id === id);

/** In order, so many at a time: each begins when one of those before it is done. */
async function sideBySide(work: readonly (() => Promise<unknown>)[]): Promise<unknown[]> {
  const outcomes: unknown[] = [];
  const queue = work[Symbol.iterator]();
  const worker = async () => {
    for (const begin of queue) outcomes.push(await begin());
  };
  await Promise.all(Array.from({ length: 24 }, worker));
  return outcomes;
}

describe('open against revoke', () => {
  let registry: FakeRegistry;

  beforeAll(async () => {
    registry = await openRegistry();
    registry.endInBatches.onApplicationBootstrap();
  });
  afterAll(async () => {
    await registry.endInBatches.beforeApplicationShutdown();
    await registry.close();
  });

  /** I4, I5: nothing a revocation covers lives, each session was told of once, and every count is exact. */
  async function expectTruth(tenant: string): Promise<void> {
    await registry.resolved(tenant);
    const sessions = await registry.sessions(tenant);
    const { rows: revocations } = await registry.owner.query<{
      revocation_id: string;
      target_kind: Target['kind'];
      target_id: string;
      epoch: number;
      not_before: Date;
      ended: number;
    }>(
      'SELECT revocation_id, target_kind, target_id, epoch::int, not_before, ended FROM revocations WHERE tenant = $1',
      [tenant],
    );
    for (const revocation of revocations) {
      const target = { kind: revocation.target_kind, id: revocation.target_id };
      const alive = sessions.filter(
        (session) =>
          session.ended_at === null &&
          covers(target, session) &&
          (session.epoch < revocation.epoch || session.judged_at <= revocation.not_before),
      );
      expect([target, alive]).toEqual([target, []]);
    }
    const ended = sessions.filter((session) => session.ended_at !== null);
    const counted = (revocationId: string) => ended.filter((session) => session.revocation_id === revocationId).length;
    const told = (await registry.published(tenant, SessionRevokedV1)).map(({ data }) => data.sessionId);
    expect(told.sort()).toEqual(ended.map(({ session_id }) => session_id).sort());
    const announced = await registry.published(tenant, RevocationResolvedV1);
    expect(announced).toHaveLength(revocations.length);
    for (const { revocation_id, ended: count } of revocations) {
      expect(count).toBe(counted(revocation_id));
      expect(announced.find(({ data }) => data.revocationId === revocation_id)?.data.ended).toBe(count);
    }
  }

  const targetOf = (kind: Target['kind'], tenant: string): Target => ({
    kind,
    id: { tenant, subject: 'u-1', device: 'd-1', application: 'crm', group: 'g-1', session: '' }[kind],
  });
  const KINDS = ['subject', 'device', 'application', 'group', 'tenant'] as const;
  const open = (tenant: string, given = {}) =>
    registry.open(tenant, 'u-1', { device: { id: 'd-1' }, authenticatedAt: AUTHENTICATED_BEFORE, ...given });

  it.each(KINDS)('N-08 a session that is being opened when a %s kill comes is ended by it', async (kind) => {
    const tenant = await registry.tenant();
    await registry.subject(tenant, 'u-1', { groups: ['g-1'] });
    const release = await registry.hold('sessions');
    const opening = open(tenant);
    await registry.waiting(1, 'relation');
    const killing = registry.revoke(tenant, targetOf(kind, tenant));
    await registry.waiting(1, 'advisory'); // for the open, which has its locks
    await release();
    await opening;
    await killing;
    await expectTruth(tenant);
    expect(await registry.sessions(tenant)).toMatchObject([{ cause: 'revoked' }]);
  });

  it.each(KINDS)('F-86 a session asked for while a %s kill is being committed is refused', async (kind) => {
    const tenant = await registry.tenant();
    await registry.subject(tenant, 'u-1', { groups: ['g-1'] });
    const release = await registry.hold('revocations');
    const killing = registry.revoke(tenant, targetOf(kind, tenant));
    await registry.waiting(1, 'relation');
    const opening = codeOf(open(tenant, { sid: 'theirs' }));
    await registry.waiting(1, 'advisory');
    await release();
    expect(await opening).toBe('authenticated_before_revocation');
    await killing;
    await expectTruth(tenant);
    // The application named it, so it may have let the person in: told like any other.
    expect(await registry.sessions(tenant)).toMatchObject([{ cause: 'refused' }]);
  });

  it('I4 I5 200 opens, with kills of every kind and people changing groups in between: none lives that is covered', async () => {
    const tenant = await registry.tenant(['crm', 'erp', 'wiki']);
    const people = Array.from({ length: 20 }, (_, n) => `u-${n}`);
    await Promise.all(people.map((id, n) => registry.subject(tenant, id, { groups: [`g-${n % 4}`] })));
    const move = (n: number, groups: string[]) => () => registry.subject(tenant, `u-${n}`, { groups });
    const kill = (kind: Target['kind'], id: string) => () => registry.revoke(tenant, { kind, id });
    const work: (() => Promise<unknown>)[] = Array.from(
      { length: 200 },
      (_, n) => () =>
        codeOf(
          registry.open(tenant, `u-${n % 20}`, {
            clientId: ['crm', 'erp', 'wiki'][n % 3]!,
            device: { id: `d-${n % 7}` },
            authenticatedAt: AUTHENTICATED_BEFORE,
            ...(n % 2 ? { sid: `sid-${n}` } : {}),
          }),
        ),
    );
    const between: [number, () => Promise<unknown>][] = [
      [160, kill('device', 'd-6')],
      [140, move(5, ['g-0'])],
      [130, kill('group', 'g-0')],
      [120, move(4, ['g-1'])],
      [110, kill('application', 'wiki')],
      [90, kill('device', 'd-2')],
      [80, move(8, ['g-2', 'g-3'])],
      [70, kill('group', 'g-2')],
      [60, kill('subject', 'u-7')],
      [40, kill('subject', 'u-7')],
    ];
    for (const [at, step] of between) work.splice(at, 0, step);
    const outcomes = await sideBySide(work);
    expect(outcomes).toContain('opened');
    expect(outcomes).toContain('authenticated_before_revocation');
    await expectTruth(tenant);
    const survivors = (await registry.sessions(tenant)).filter(({ ended_at }) => ended_at === null);
    expect(survivors.length).toBeGreaterThan(0); // I2: nobody else was ended
    await registry.revoke(tenant, { kind: 'tenant', id: tenant });
    await expectTruth(tenant);
    expect((await registry.sessions(tenant)).filter(({ ended_at }) => ended_at === null)).toEqual([]);
  });

  it('I4 I5 200 opens of one person racing one kill', async () => {
    const tenant = await registry.tenant();
    await registry.subject(tenant, 'u-1');
    const work: (() => Promise<unknown>)[] = Array.from({ length: 200 }, () => () => codeOf(open(tenant)));
    work.splice(100, 0, () => registry.revoke(tenant, { kind: 'subject', id: 'u-1' }));
    const outcomes = await sideBySide(work);
    await expectTruth(tenant);
    expect((await registry.sessions(tenant)).filter(({ ended_at }) => ended_at === null)).toEqual([]);
    expect(outcomes).toContain('opened');
    expect(outcomes).toContain('authenticated_before_revocation');
  });
});
