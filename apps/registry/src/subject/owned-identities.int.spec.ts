import { RevocationResolvedV1 } from '@curfew/contracts';
import { ACTOR, codeOf, openRegistry, type FakeRegistry } from '../registry.fake.js';

describe('N-20 what hangs on an owner', () => {
  let registry: FakeRegistry;
  let tenant: string;
  beforeAll(async () => {
    registry = await openRegistry();
    await registry.keeper.onApplicationBootstrap();
  });
  afterAll(async () => {
    await registry.keeper.beforeApplicationShutdown();
    await registry.close();
  });
  beforeEach(async () => {
    tenant = await registry.tenant();
    for (const id of ['ada', 'bot', 'key', 'bob']) await registry.subject(tenant, id);
  });

  const own = (subjectId: string, owner: string | null) =>
    registry.ownSubject.execute({ tenant, actor: ACTOR }, subjectId, owner);
  const kill = (id: string, bar = false) => registry.revoke(tenant, { kind: 'subject', id }, bar);
  const lives = async (sessionId: string): Promise<boolean> =>
    (await registry.checkSession.execute({ tenant, sessionId }, false)).active;
  const live = async (subjectId: string): Promise<number> =>
    (
      await registry.owner.query('SELECT 1 FROM sessions WHERE tenant = $1 AND subject_id = $2 AND ended_at IS NULL', [
        tenant,
        subjectId,
      ])
    ).rowCount!;

  it('ends with it, whatever hangs on that as well, in the same plan and count; a circle is gone round once', async () => {
    await own('bot', 'ada');
    await own('key', 'bot');
    await own('ada', 'key');
    const ids = [];
    for (const id of ['ada', 'bot', 'key']) ids.push((await registry.open(tenant, id)).id);
    const other = await registry.open(tenant, 'bob');
    const plan = await registry.requestRevocation.dryRun(tenant, { kind: 'subject', id: 'ada' });
    expect(plan).toMatchObject({ sessions: 3, subjects: 3 });
    await kill('ada');
    expect(await Promise.all(ids.map(lives))).toEqual([false, false, false]);
    expect((await registry.index.check({ tenant, sessionId: ids[2]! }, Date.now(), false)).kind).toBe('inactive');
    expect(await lives(other.id)).toBe(true);
    const [resolved] = await registry.published(tenant, RevocationResolvedV1);
    expect(resolved!.data).toMatchObject({ target: { kind: 'subject', id: 'ada' }, ended: 3 });
  });

  it('does not end what it hangs on', async () => {
    await own('bot', 'ada');
    const { id } = await registry.open(tenant, 'ada');
    await registry.open(tenant, 'bot');
    await kill('bot', true);
    expect(await lives(id)).toBe(true);
  });

  it('does not sign in while its owner may not, nor by what was authenticated before a kill, and does again with its owner', async () => {
    await own('bot', 'ada');
    await own('key', 'bot');
    const before = new Date();
    await kill('ada', true);
    expect(await codeOf(registry.open(tenant, 'key'))).toBe('subject_barred');
    await registry.reinstate.execute({ tenant, actor: ACTOR }, { kind: 'subject', id: 'ada' }, { reason: 'back' }, () =>
      Promise.resolve(),
    );
    expect(await codeOf(registry.open(tenant, 'key', { authenticatedAt: before }))).toBe(
      'authenticated_before_revocation',
    );
    await registry.open(tenant, 'key', { authenticatedAt: await registry.later(2) });
  });

  it('N-12 on the never-kill list it hangs on nobody; what hangs on it still ends with the owner', async () => {
    await own('bot', 'ada');
    await own('key', 'bot');
    await registry.owner.query(
      `INSERT INTO protected_subjects (tenant, subject_id, protected_by) VALUES ($1, 'bot', $2)`,
      [tenant, ACTOR],
    );
    const [bot, key] = [await registry.open(tenant, 'bot'), await registry.open(tenant, 'key')];
    await kill('ada', true);
    expect([await lives(bot.id), await lives(key.id)]).toEqual([true, false]);
    await registry.open(tenant, 'bot', { authenticatedAt: await registry.later(2) });
    expect(await codeOf(registry.open(tenant, 'key', { authenticatedAt: await registry.later(2) }))).toBe(
      'subject_barred',
    );
  });

  it('ends at once where it comes to hang on somebody who may not sign in; nobody’s it is free', async () => {
    const { id } = await registry.open(tenant, 'bot');
    await kill('ada', true);
    await own('bot', 'ada');
    expect(await lives(id)).toBe(false);
    await own('bot', null);
    await registry.open(tenant, 'bot', { authenticatedAt: await registry.later(2) });
    await expect(own('bot', 'bot')).rejects.toMatchObject({ code: 'owner_unfit' });
    await expect(own('bot', 'nobody')).rejects.toMatchObject({ code: 'subject_not_found' });
  });

  it('I4 racing its owner’s kill: what it opens, and its coming to hang on the owner', async () => {
    const before = new Date();
    await own('bot', 'ada');
    await registry.open(tenant, 'key');
    const work: Promise<unknown>[] = Array.from({ length: 20 }, () =>
      registry.open(tenant, 'bot', { authenticatedAt: before }).catch(() => undefined),
    );
    work.push(kill('ada', true), own('key', 'bot'));
    await Promise.all(work);
    expect([await live('bot'), await live('key')]).toEqual([0, 0]);
  });
});
