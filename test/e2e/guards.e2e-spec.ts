import { randomUUID } from 'node:crypto';
import type { Curfew, SignalView } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const made = (what: string): string => `${what}-${randomUUID().slice(0, 8)}`;

interface Hold {
  readonly holdId: string;
  readonly source: string;
  readonly state: string;
  readonly held: number;
}

describe('N-12 F-75 a feed that was hijacked', () => {
  let acme: Organisation;
  let curfew: Curfew;
  beforeAll(async () => {
    acme = await organisation(1);
    ({ curfew } = acme);
  });
  afterAll(() => acme.close());

  const feed = (source: string): Promise<Curfew> => curfew.newKey({ roles: ['source'], source });
  const people = async (count: number): Promise<string[]> => {
    const names = Array.from({ length: count }, () => made('p'));
    for (const name of names) await curfew.person(name, acme.clientIds);
    return names;
  };
  const live = async (names: readonly string[]): Promise<number> => {
    const found = await Promise.all(names.map((subject) => curfew.sessions({ subject, status: 'live' })));
    return found.flat().length;
  };
  const holds = async (source: string): Promise<Hold[]> =>
    (await curfew.call<{ items: Hold[] }>('signals', 'GET', '/v1/holds')).items.filter(
      (hold) => hold.source === source,
    );
  const terminate = async (by: Curfew, names: readonly string[]): Promise<string[]> => {
    const states: string[] = [];
    for (const name of names) {
      const { state } = (await by.terminate(name)) as { state?: string };
      states.push(String(state));
    }
    return states;
  };

  it('is held at its limit and a human is asked; single kills of other sources pass; approved, it goes its way', async () => {
    const [hr, soc, names] = [await feed('hr-1'), await feed('soc-1'), await people(8)];
    await curfew.call('signals', 'PUT', '/v1/guards/hr-1', { most: 3 });
    expect(await terminate(hr, names.slice(0, 6))).toEqual([
      'received',
      'received',
      'received',
      'held',
      'held',
      'held',
    ]);
    expect(await terminate(soc, [names[6]!])).toEqual(['received']);
    await until('four have no session', async () => (await live(names)) === 4);
    const [hold] = await holds('hr-1');
    expect(hold).toMatchObject({ state: 'open', held: 3 });
    const { items } = await curfew.call<{ items: SignalView[] }>('signals', 'GET', `/v1/signals?hold=${hold!.holdId}`);
    expect(items.map(({ state, progress }) => `${state} ${progress}`)).toEqual(Array(3).fill('held waiting'));
    expect((await hr.ask('signals', 'POST', `/v1/holds/${hold!.holdId}/approve`, {})).status).toBe(403);

    await curfew.call('signals', 'POST', `/v1/holds/${hold!.holdId}/approve`, { reason: 'a site was closed' });
    await until('one has a session left', async () => (await live(names)) === 1);
    await until('it is done with', async () => (await holds('hr-1'))[0]!.state === 'approved');
    expect((await curfew.ask('signals', 'POST', `/v1/holds/${hold!.holdId}/decline`, {})).body.code).toBe(
      'hold_decided',
    );
    expect(await terminate(hr, [names[7]!])).toEqual(['received']); // counted anew
  });

  it('comes to nothing where it is declined, and whoever decided is in the trail', async () => {
    const [hr, names] = [await feed('hr-2'), await people(2)];
    await curfew.call('signals', 'PUT', '/v1/guards/hr-2', { most: 0 });
    expect(await terminate(hr, names)).toEqual(['held', 'held']);
    const [hold] = await holds('hr-2');
    await curfew.call('signals', 'POST', `/v1/holds/${hold!.holdId}/decline`, { reason: 'the feed was hijacked' });
    const dropped = await until('both are dropped', async () => {
      const path = `/v1/signals?hold=${hold!.holdId}&progress=declined`;
      const { items } = await curfew.call<{ items: SignalView[] }>('signals', 'GET', path);
      return items.length === 2 && items;
    });
    expect(dropped[0]).toMatchObject({ state: 'dropped', outcome: { reason: 'the feed was hijacked' } });
    expect(await live(names)).toBe(2);
    const trail = (type: string) =>
      until(`the trail has ${type}`, async () => {
        const path = `/v1/audit?type=${type}&correlationId=${hold!.holdId}`;
        return (await curfew.call<{ items: { actor: string; data: object }[] }>('audit', 'GET', path)).items[0];
      });
    expect(await trail('curfew.source-hold.opened.v1')).toMatchObject({ actor: 'service:signals' });
    expect(await trail('curfew.source-hold.decided.v1')).toMatchObject({ data: { decision: 'declined', held: 2 } });
  });

  it('may tell only what it is for', async () => {
    const soc = await feed('soc-2');
    await curfew.call('signals', 'PUT', '/v1/guards/soc-2', { most: 10, types: ['device.compromised'] });
    const answer = await soc.ask('signals', 'POST', '/v1/signals', {
      ...{ type: 'employment.terminated', eventId: made('e'), subject: { employeeId: made('p') } },
      occurredAt: new Date().toISOString(),
    });
    expect(answer).toMatchObject({ status: 403, body: { code: 'signal_type_forbidden' } });
    await curfew.call('signals', 'DELETE', '/v1/guards/soc-2');
    expect((await curfew.ask('signals', 'DELETE', '/v1/guards/soc-2')).status).toBe(404);
    expect(await terminate(soc, [made('p')])).toEqual(['received']);
  });

  it('ends nothing of whoever is on the never-kill list, and neither does a slip of an administrator', async () => {
    const [hr, [glass]] = [await feed('hr-3'), await people(1)];
    await curfew.call('registry', 'PUT', `/v1/subjects/${glass}/protection`, { reason: 'break-glass' });
    const { signalId } = await hr.terminate(glass!);
    await until('the signal has come to rest', async () => {
      const signal = await curfew.call<SignalView>('signals', 'GET', `/v1/signals/${signalId}`);
      return signal.progress === 'settled' && signal.outcome!.outcome === 'protected';
    });
    const kill = () =>
      curfew.ask('registry', 'POST', '/v1/revocations', { target: { subject: glass }, reason: 'a slip' });
    expect((await kill()).body.code).toBe('subject_protected');
    expect(await live([glass!])).toBe(1);
    expect(await curfew.call('registry', 'GET', `/v1/subjects/${glass}`)).toMatchObject({
      protection: { reason: 'break-glass' },
      bars: [],
    });
    await curfew.call('registry', 'DELETE', `/v1/subjects/${glass}/protection`);
    expect((await kill()).status).toBe(202);
    await until('the session has ended', async () => (await live([glass!])) === 0);
    const again = await curfew.ask('registry', 'DELETE', `/v1/subjects/${glass}/protection`);
    expect(again.body.code).toBe('subject_not_protected');
  });
});
