import { until } from '../../../../test/support/until.js';
import type { Barrier, Target } from '../barrier/barrier.js';
import { openRegistry, type FakeRegistry } from '../registry.fake.js';
import { MemorySessionIndex } from './session-index.memory.js';

/** One that can be away, and stopped just before it corrects a barrier. It takes nothing for too young to be unsettled. */
class TroubledIndex extends MemorySessionIndex {
  away = false;
  correcting: (() => Promise<void>) | undefined;

  override async raise(barriers: readonly Barrier[]): Promise<void> {
    if (this.away) throw new Error('away');
    await super.raise(barriers);
  }

  override unsettled(): ReturnType<MemorySessionIndex['unsettled']> {
    return super.unsettled(0);
  }

  override async correct(tenant: string, target: Target, barrier: Barrier | undefined): Promise<void> {
    await this.correcting?.();
    await super.correct(tenant, target, barrier);
  }
}

describe('the index and PostgreSQL', () => {
  let registry: FakeRegistry;
  let index: TroubledIndex;
  let tenant: string;
  let key: { tenant: string; sessionId: string };

  beforeEach(async () => {
    index = new TroubledIndex();
    registry = await openRegistry(index);
    tenant = await registry.tenant();
    await registry.keeper.onApplicationBootstrap();
    key = { tenant, sessionId: (await registry.open(tenant, 'u-1')).id };
    await until('the session is in the index', async () => (await kindOf()) === 'active');
  });
  afterEach(async () => {
    await registry.keeper.beforeApplicationShutdown();
    await registry.close();
  });

  const kindOf = async () => (await index.check(key, Date.now(), false)).kind;
  const revoke = () => registry.revoke(tenant, { kind: 'subject', id: 'u-1' });

  it('when a revocation has its answer, no check says otherwise', async () => {
    await revoke();
    expect(await kindOf()).toBe('inactive');
  });

  it('F-31 an index that is away does not hold up the revocation, and is told as soon as it is back', async () => {
    index.away = true;
    await revoke();
    const { rows } = await registry.owner.query('SELECT indexed FROM barriers WHERE target_id = $1', ['u-1']);
    expect(rows).toEqual([{ indexed: false }]);
    index.away = false;
    await until('the index is told', async () => (await kindOf()) === 'inactive');
    await until('and that is noted', async () => {
      const { rows: after } = await registry.owner.query('SELECT 1 FROM barriers WHERE NOT indexed');
      return after.length === 0;
    });
  });

  it('F-30 one that has lost everything is filled again from PostgreSQL, and never lets in meanwhile', async () => {
    await revoke();
    index.forget();
    expect(await registry.checkSession.execute(key, false)).toMatchObject({ active: false });
    await until('it is filled', () => index.renew());
    expect(await registry.checkSession.execute(key, false)).toMatchObject({ active: false });
  });

  it('a barrier whose transaction failed is taken back', async () => {
    await index.raise([
      { tenant, kind: 'subject', targetId: 'u-1', notBefore: new Date(), endsBefore: 1_000_000n, rereadBefore: 0n },
    ]);
    expect(await kindOf()).toBe('inactive');
    await until('it is what PostgreSQL says', async () => (await kindOf()) === 'active');
  });

  it('I4 a revocation that commits while another’s barrier is taken back is not taken back with it', async () => {
    let go!: () => void;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const reached = new Promise<void>((resolve) => {
      index.correcting = () => (resolve(), gate);
    });
    await index.raise([
      { tenant, kind: 'subject', targetId: 'u-1', notBefore: new Date(0), endsBefore: 1n, rereadBefore: 0n },
    ]);
    await reached; // PostgreSQL was asked, and knew of no barrier
    const revoking = revoke();
    await Promise.race([revoking, registry.waiting(1, 'advisory')]);
    index.correcting = undefined;
    go();
    await revoking;
    await until('the correction is over', async () => (await index.unsettled()).length === 0);
    expect(await kindOf()).toBe('inactive');
  });
});
