import { openServiceDatabase, type ServiceDatabase } from '@curfew/testing';
import { MemorySessionIndex } from '../index/session-index.memory.js';
import { registry } from '../registry.module.js';
import { BarrierStore } from './barrier.store.js';
import { ForgetBarriers } from './forget-barriers.js';

const OLD = '00000000-0000-7000-8000-000000000001';
const YOUNG = '00000000-0000-7000-8000-000000000002';

describe('barriers that are forgotten', () => {
  let database: ServiceDatabase;
  beforeAll(async () => {
    database = await openServiceDatabase('registry', registry.migrations);
  });
  afterAll(() => database.close());

  it('are those of single sessions that would have expired long ago, in PostgreSQL and in the index', async () => {
    const { owner, sweeper, log } = database;
    await owner.query(
      `INSERT INTO sessions (tenant, session_id, client_id, sid, subject_id, authenticated_at, judged_at, opened_at, opened_by_broker,
           last_activity_at, absolute_expires_at, expires_at, epoch, ended_at)
         SELECT 'acme', id::uuid, 'app', id, 'ada', at, at, at, false, at, at + interval '8 hours', at + interval '8 hours', 1, at
         FROM (VALUES ('${OLD}', now() - interval '5 days'), ('${YOUNG}', now() - interval '1 day')) given (id, at);
       INSERT INTO barriers (tenant, kind, target_id, not_before, ends_before, indexed, updated_at)
         SELECT 'acme', kind, id, now(), 5, true, now() - interval '4 days'
         FROM (VALUES ('session', '${OLD}'), ('session', '${YOUNG}'), ('subject', 'ada')) given (kind, id)`,
    );
    const index = new MemorySessionIndex();
    const store = new BarrierStore(sweeper);
    await index.raise(await store.all(['', '', ''], 10));

    await new ForgetBarriers(store, index, log).forget();

    expect((await store.all(['', '', ''], 10)).map(({ targetId }) => targetId)).toEqual([YOUNG, 'ada']);
    expect((await index.unsettled(0)).map(({ target }) => target.id).sort()).toEqual([YOUNG, 'ada']);
  });

  it('are those of sessions by the name their provider gave them, once no cookie can be so old; those of a place stay', async () => {
    const { owner, sweeper, log } = database;
    await owner.query(
      `INSERT INTO limited_barriers (tenant, subject_id, kind, target_id, not_before)
         SELECT tenant, 'ada', kind, id, now() - make_interval(days => days) FROM (VALUES
           ('acme', 'session', 'old', 401), ('globex', 'session', 'old', 500), ('acme', 'session', 'young', 399),
           ('acme', 'application', 'ehr', 500), ('acme', 'device', 'pc1', 500)) given (tenant, kind, id, days)`,
    );
    const more = await new ForgetBarriers(new BarrierStore(sweeper), new MemorySessionIndex(), log).forget();
    expect(more).toBe(false);
    const { rows } = await owner.query<{ target_id: string }>('SELECT target_id FROM limited_barriers ORDER BY 1');
    expect(rows.map(({ target_id }) => target_id)).toEqual(['ehr', 'pc1', 'young']);
  });
});
