import { RevocationResolvedV1, SessionRevokedV1 } from '@curfew/contracts';
import { until } from '../../../../test/support/until.js';
import { openRegistry, type FakeRegistry } from '../registry.fake.js';

const AUTHENTICATED_BEFORE = new Date(Date.now() - 60_000);

/** A kill of a group ends its sessions in batches; people go on moving between groups meanwhile. */
describe('moving between groups while one of them is revoked', () => {
  let registry: FakeRegistry;
  let tenant: string;

  beforeAll(async () => (registry = await openRegistry()));
  afterAll(() => registry.close());
  beforeEach(async () => {
    tenant = await registry.tenant();
    for (const [id, group] of [
      ['in', 'g'],
      ['stays', 'g'],
      ['out', 'h'],
    ] as const) {
      await registry.subject(tenant, id, { groups: [group] });
      await registry.open(tenant, id, { authenticatedAt: AUTHENTICATED_BEFORE });
    }
  });
  afterEach(() => registry.endInBatches.beforeApplicationShutdown());

  const kill = () => registry.revoke(tenant, { kind: 'group', id: 'g' });
  const resolutionOf = async ({ revocationId }: { revocationId: string }) => {
    const resolved = await registry.published(tenant, RevocationResolvedV1);
    return resolved.find(({ data }) => data.revocationId === revocationId)?.data;
  };
  const sessionOf = async (subjectId: string) =>
    (await registry.sessions(tenant)).find(({ subject_id }) => subject_id === subjectId);

  it.each([
    ['out of', 'in', ['h']],
    ['into', 'out', ['h', 'g']],
  ] as const)(
    'whoever moves %s it before the batches come is ended by the kill, and counted',
    async (_, id, groups) => {
      const killed = await kill();
      await registry.subject(tenant, id, { groups: [...groups] });
      expect(await sessionOf(id)).toMatchObject({ cause: 'revoked', revocation_id: killed.revocationId });
      registry.endInBatches.onApplicationBootstrap();
      await registry.resolved(tenant);
      expect(await resolutionOf(killed)).toMatchObject({ ended: id === 'in' ? 2 : 3 });
      expect(await registry.published(tenant, SessionRevokedV1)).toHaveLength(id === 'in' ? 2 : 3);
    },
  );

  it.each([
    ['out of', 'in', ['h'], 1],
    ['into', 'out', ['g'], 3],
  ] as const)('whoever moved %s it before the kill is judged by where they are', async (_, id, groups, ended) => {
    await registry.subject(tenant, id, { groups: [...groups] });
    const killed = await kill();
    registry.endInBatches.onApplicationBootstrap();
    await registry.resolved(tenant);
    expect(await resolutionOf(killed)).toMatchObject({ ended });
  });

  it('whoever comes into it later is ended too, and not counted with what is settled', async () => {
    registry.endInBatches.onApplicationBootstrap();
    const killed = await kill();
    await registry.resolved(tenant);
    await registry.subject(tenant, 'out', { groups: ['g'] });
    expect(await sessionOf('out')).toMatchObject({ cause: 'revoked', revocation_id: null });
    expect(await resolutionOf(killed)).toMatchObject({ ended: 2 });
    expect(await registry.published(tenant, SessionRevokedV1)).toHaveLength(3);
  });

  it('I5 the count is exact when the last batch passes while somebody is moving in', async () => {
    const killed = await kill();
    const session = await sessionOf('out');
    // The move has seen that the batches are under way, and stops before it ends the session.
    await registry.owner.query('BEGIN');
    await registry.owner.query('SELECT 1 FROM sessions WHERE session_id = $1 FOR UPDATE', [session!.session_id]);
    const moving = registry.subject(tenant, 'out', { groups: ['g'] });
    await registry.waiting(1, 'transactionid');
    const elsewhere = await registry.tenant();
    await registry.revoke(elsewhere, { kind: 'tenant', id: elsewhere });
    registry.endInBatches.onApplicationBootstrap();
    // Batches go by the age of their revocation: when the later one is through, the first has had its turn.
    await until('the batches have passed', async () => (await registry.published(elsewhere, RevocationResolvedV1))[0]);
    await registry.owner.query('COMMIT');
    await moving;
    await registry.resolved(tenant);
    const counted = (await registry.sessions(tenant)).filter(
      ({ revocation_id }) => revocation_id === killed.revocationId,
    );
    expect(await resolutionOf(killed)).toMatchObject({ ended: counted.length });
    expect(await sessionOf('out')).toMatchObject({ cause: 'revoked' });
  });
});
