import { randomUUID } from 'node:crypto';
import { SignalReceivedV1, type CurfewEvent } from '@curfew/contracts';
import { openServiceDatabase, type ServiceDatabase } from '@curfew/testing';
import { until } from '../../../../test/support/until.js';
import { signals } from '../signals.module.js';
import { GuardSource } from '../guard/guard-source.js';
import { GuardStore } from '../guard/guard.store.js';
import { ReceiveSignal } from '../signal/receive-signal.js';
import { RescindSignal } from '../signal/rescind-signal.js';
import { SignalStore } from '../signal/signal.store.js';
import { Scheduler } from './scheduler.js';

const HOUR = 3_600_000;

describe('the scheduler', () => {
  let db: ServiceDatabase;
  let store: SignalStore;
  let receive: ReceiveSignal;
  const started: Scheduler[] = [];
  beforeAll(async () => {
    db = await openServiceDatabase('signals', signals.migrations);
    store = new SignalStore(db.sweeper);
    receive = new ReceiveSignal(db.unitOfWork, store, new GuardSource(new GuardStore(db.sweeper)));
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((scheduler) => scheduler.beforeApplicationShutdown()));
    await db.owner.query(`UPDATE test_clock SET ahead = interval '0'`);
  });
  afterAll(() => db.close());

  const start = (instances: number): void => {
    for (let n = 0; n < instances; n++) {
      started.push(new Scheduler(db.unitOfWork, store, db.log));
      started.at(-1)!.onApplicationBootstrap();
    }
  };
  const schedule = async (tenant: string, employeeId: string, inMs: number): Promise<string> => {
    const teller = { tenant, source: 'source:hr', actor: 'source:hr' };
    const received = await receive.execute(teller, {
      type: 'employment.terminated',
      eventId: randomUUID(),
      subject: { employeeId },
      occurredAt: new Date(),
      effectiveAt: new Date(Date.now() + inMs),
    });
    expect(received.state).toBe('scheduled');
    return received.signalId;
  };
  const fired = async (tenant: string): Promise<string[]> => {
    const { rows } = await db.owner.query<{ message: string }>('SELECT message FROM outbox WHERE tenant = $1', [
      tenant,
    ]);
    return rows
      .map(({ message }) => JSON.parse(message) as CurfewEvent<{ signalId: string }>)
      .filter(({ type }) => type === SignalReceivedV1.type)
      .map(({ data }) => data.signalId);
  };
  const forward = () => db.owner.query(`UPDATE test_clock SET ahead = interval '61 minutes'`);

  it('F-05 of three instances one fires each, once, and none before its time', async () => {
    const tenant = randomUUID();
    const due = await Promise.all(Array.from({ length: 40 }, (_, n) => schedule(tenant, `E-${n}`, HOUR)));
    await schedule(tenant, 'E-later', 2 * HOUR);
    start(3);
    await forward();
    await until('all are fired', async () => (await fired(tenant)).length >= due.length);
    await Promise.all(started.splice(0).map((scheduler) => scheduler.beforeApplicationShutdown()));
    expect((await fired(tenant)).sort()).toEqual(due.sort());
  });

  it('what was rescinded never comes, also when both happen at once', async () => {
    const tenant = randomUUID();
    const rescind = new RescindSignal(db.unitOfWork, store);
    const ids = await Promise.all(Array.from({ length: 10 }, (_, n) => schedule(tenant, `E-${n}`, HOUR)));
    await rescind.execute({ tenant, actor: 'source:hr' }, ids[0]!, 'source:hr');
    await forward();
    start(2);
    await Promise.all(ids.map((id) => rescind.execute({ tenant, actor: 'source:hr' }, id, 'source:hr')));
    const { rows } = await db.owner.query('SELECT 1 FROM signals WHERE tenant = $1 AND state <> $2', [
      tenant,
      'rescinded',
    ]);
    expect(rows).toEqual([]);
    const came = await fired(tenant);
    expect(new Set(came).size).toBe(came.length);
    expect(came).not.toContain(ids[0]);
  });
});
