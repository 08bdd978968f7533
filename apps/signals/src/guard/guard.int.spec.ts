import { randomUUID } from 'node:crypto';
import type { CurfewEvent } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { openServiceDatabase, type ServiceDatabase } from '@curfew/testing';
import { ReceiveSignal } from '../signal/receive-signal.js';
import { SignalStore } from '../signal/signal.store.js';
import { signals } from '../signals.module.js';
import { DecideHold } from './decide-hold.js';
import { GuardSource } from './guard-source.js';
import { learnedLimit } from './guard.js';
import { GuardStore } from './guard.store.js';
import { ReleaseHeld } from './release-held.js';

const { most: LEAST } = learnedLimit(0);
/** How many connections one instance has. */
const AT_ONCE = 10;

const SAID_AT = new Date('2026-11-01T08:00:00Z');

describe('N-12 a source that tells too much', () => {
  let db: ServiceDatabase;
  beforeAll(async () => {
    db = await openServiceDatabase('signals', signals.migrations);
  });
  afterAll(() => db.close());

  /** Each as another instance has it: what keeps them apart is PostgreSQL. */
  const unitOfWork = () => new UnitOfWork(db.dataSource, 'signals', () => undefined);
  const guards = () => new GuardStore(db.sweeper);
  const decide = () => new DecideHold(unitOfWork(), guards());
  const tell = (tenant: string, source: string, eventId: string = randomUUID(), more = {}) =>
    new ReceiveSignal(unitOfWork(), new SignalStore(db.sweeper), new GuardSource(guards())).execute(
      { tenant, source, actor: `source:${source}` },
      { type: 'employment.terminated', eventId, subject: { employeeId: eventId }, occurredAt: SAID_AT, ...more },
    );
  const flood = async (tenant: string, source: string, count: number) => {
    const states: string[] = [];
    for (let left = count; left > 0; left -= AT_ONCE) {
      const told = await Promise.all(Array.from({ length: Math.min(AT_ONCE, left) }, () => tell(tenant, source)));
      states.push(...told.map(({ state }) => state));
    }
    return states;
  };
  const told = async (tenant: string, type: string): Promise<CurfewEvent[]> =>
    (
      await db.owner.query<{ message: string }>('SELECT message FROM outbox WHERE tenant = $1 ORDER BY id', [tenant])
    ).rows
      .map(({ message }) => JSON.parse(message) as CurfewEvent)
      .filter((event) => event.type === type);
  const holdsOf = (tenant: string) => unitOfWork().run(tenant, (tx) => guards().holds(tx, undefined, undefined, 10));
  const releaseAll = async () => {
    const release = new ReleaseHeld(unitOfWork(), guards(), new SignalStore(db.sweeper), db.log);
    while (await release.release());
  };

  it('is held at its limit, all of it and nobody else’s; a rehire passes', async () => {
    const tenant = randomUUID();
    const states = await flood(tenant, 'hr', LEAST + 100);
    const passed = states.filter((state) => state === 'received').length;
    expect(passed).toBe(LEAST); // and not one more, whoever came at the same instant
    expect(await told(tenant, 'curfew.signal.received.v1')).toHaveLength(passed);
    expect(await told(tenant, 'curfew.signal.held.v1')).toHaveLength(LEAST + 100 - passed);
    expect(await told(tenant, 'curfew.source-hold.opened.v1')).toHaveLength(1); // one hold, whoever came first
    expect((await tell(tenant, 'soc')).state).toBe('received');
    expect((await tell(tenant, 'hr', 'back', { type: 'employment.rehired' })).state).toBe('received');
    expect((await tell(tenant, 'hr', 'again')).state).toBe('held');
    expect((await tell(tenant, 'hr', 'again')).state).toBe('held'); // the same, repeated
  });

  it('F-75 is held at its limit, exactly, where its signals share transactions; nothing of it is lost, and nobody falls', async () => {
    const tenant = randomUUID();
    const teller = { tenant, source: 'hr', actor: 'source:hr' };
    const one = new ReceiveSignal(unitOfWork(), new SignalStore(db.sweeper), new GuardSource(guards()));
    const another = new ReceiveSignal(unitOfWork(), new SignalStore(db.sweeper), new GuardSource(guards()));
    const told = await Promise.all(
      Array.from({ length: 4 * LEAST }, (_, at) =>
        (at % 2 ? one : another).execute(teller, {
          type: 'employment.terminated',
          eventId: `${at}`,
          subject: { employeeId: `${at}` },
          occurredAt: SAID_AT,
        }),
      ),
    );
    const count = (state: string): number => told.filter((signal) => signal.state === state).length;
    expect([count('received'), count('held')]).toEqual([LEAST, 3 * LEAST]);
  });

  it('is let go by a human, each once and in its order, and counted anew; nothing is left behind', async () => {
    const tenant = randomUUID();
    await decide().setGuard({ tenant, actor: 'key:1' }, { source: 'hr', most: 5, windowSeconds: 600, types: null });
    const states = await flood(tenant, 'hr', 250);
    const held = states.filter((state) => state === 'held').length;
    const [hold] = await holdsOf(tenant);
    expect(hold).toMatchObject({ state: 'open', held, most: 5 });
    // Those that come while it is decided on are held with it, or pass.
    const [, ...meanwhile] = await Promise.all([
      decide().decide({ tenant, actor: 'key:1' }, hold!.holdId, 'approved', null),
      ...Array.from({ length: 5 }, () => tell(tenant, 'hr')),
    ]);
    expect(meanwhile).toHaveLength(5);
    await Promise.all([releaseAll(), releaseAll(), releaseAll()]);
    const received = await told(tenant, 'curfew.signal.received.v1');
    expect(new Set(received.map(({ correlationid }) => correlationid)).size).toBe(received.length);
    const open = (await holdsOf(tenant)).filter(({ state }) => state === 'open');
    expect(received).toHaveLength(255 - open.reduce((sum, one) => sum + one.held, 0));
    expect((await holdsOf(tenant)).find(({ holdId }) => holdId === hold!.holdId)).toMatchObject({
      state: 'approved',
      decidedBy: 'key:1',
    });
    await expect(decide().decide({ tenant, actor: 'key:1' }, hold!.holdId, 'declined', null)).rejects.toMatchObject({
      code: 'hold_decided',
    });
  });

  it('comes to nothing where a human declines it', async () => {
    const tenant = randomUUID();
    await decide().setGuard({ tenant, actor: 'key:1' }, { source: 'hr', most: 0, windowSeconds: 600, types: null });
    const { signalId } = await tell(tenant, 'hr');
    const [hold] = await holdsOf(tenant);
    await decide().decide({ tenant, actor: 'key:2' }, hold!.holdId, 'declined', 'hijacked');
    await releaseAll();
    const { rows } = await db.owner.query('SELECT state, progress, outcome FROM signals WHERE signal_id = $1', [
      signalId,
    ]);
    expect(rows).toEqual([
      { state: 'dropped', progress: 'declined', outcome: { reason: 'hijacked', decidedBy: 'key:2' } },
    ]);
    expect(await told(tenant, 'curfew.signal.received.v1')).toEqual([]);
  });

  it('may tell as many as it is used to: three times its busiest window of the month', async () => {
    const tenant = randomUUID();
    const busiest = 60;
    for (let at = 0; at < busiest; at++) await tell(tenant, 'hr');
    await db.owner.query(
      `UPDATE signals SET received_at = date_trunc('day', now()) - interval '7 days' WHERE tenant = $1`,
      [tenant],
    );
    const states = await flood(tenant, 'hr', 3 * busiest + 40);
    const passed = states.filter((state) => state === 'received').length;
    expect(passed).toBe(3 * busiest);
  });

  it('has no limit where none is set, and may tell only what it is for', async () => {
    const tenant = randomUUID();
    await decide().setGuard(
      { tenant, actor: 'key:1' },
      { source: 'hr', most: null, windowSeconds: 600, types: ['employment.terminated'] },
    );
    expect(new Set(await flood(tenant, 'hr', LEAST + 30))).toEqual(new Set(['received']));
    await expect(
      tell(tenant, 'hr', 'x', { type: 'device.compromised', subject: undefined, device: { id: 'd' } }),
    ).rejects.toMatchObject({ code: 'signal_type_forbidden' });
    await decide().removeGuard({ tenant, actor: 'key:1' }, 'hr');
    expect((await tell(tenant, 'hr')).state).toBe('held');
  });
});
