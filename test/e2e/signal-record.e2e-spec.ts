import { randomUUID } from 'node:crypto';
import { Webhook as Signer } from 'standardwebhooks';
import type { Curfew, SignalView } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

interface SignalRecord extends SignalView {
  readonly mapping: string | null;
  readonly match: { readonly kind: string; readonly id: string } | null;
  readonly payload: unknown;
}

const made = (what: string): string => `${what}-${randomUUID().slice(0, 8)}`;

describe('the record of a signal', () => {
  let acme: Organisation;
  let curfew: Curfew;
  beforeAll(async () => {
    acme = await organisation(1);
    ({ curfew } = acme);
  });
  afterAll(() => acme.close());

  const record = (signalId: string) => curfew.call<SignalRecord>('signals', 'GET', `/v1/signals/${signalId}`);
  const rested = (signalId: string, progress: string) =>
    until(`the signal is ${progress}`, async () => {
      const found = await record(signalId);
      return found.progress === progress && found;
    });

  it('holds what it was read from without its secrets, by what, whom it meant and what came of it', async () => {
    const who = made('ada');
    await curfew.person(who, acme.clientIds);
    const source = await curfew.call<{ sourceId: string; secret: string }>('signals', 'POST', '/v1/sources', {
      name: made('hr'),
      kind: 'webhook',
      mapping: 'generic',
    });
    const payload = {
      timestamp: new Date().toISOString(),
      callback: { accessToken: 'nobody-may-read-this' },
      data: [{ type: 'employment.terminated', employeeId: who }],
    };
    const [raw, id, when] = [JSON.stringify(payload), made('msg'), new Date()];
    const { signals } = await curfew
      .as('none')
      .call<{ signals: { signalId: string }[] }>('signals', 'POST', `/v1/hooks/${source.sourceId}`, undefined, {
        raw,
        headers: {
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(when.getTime() / 1000)),
          'webhook-signature': new Signer(source.secret).sign(id, when, raw),
        },
      });
    const found = await rested(signals[0]!.signalId, 'completed');
    expect(found).toMatchObject({
      mapping: 'generic',
      match: { kind: 'subject', id: who },
      payload: { ...payload, callback: { accessToken: '[removed]' } },
      outcome: { ended: 1 },
      revocationId: expect.any(String) as string,
    });
    const { items } = await curfew.call<{ items: object[] }>('signals', 'GET', '/v1/signals');
    expect(items[0]).not.toHaveProperty('payload'); // a page of them would be megabytes
    expect(await record((await curfew.terminate(made('nobody'))).signalId)).toMatchObject({
      mapping: null,
      payload: null,
    });
  });

  it('a declined one says why, and is handed on again once policy has other reactions: one effect', async () => {
    const who = made('bob');
    await curfew.person(who, acme.clientIds);
    const { reactions } = await curfew.call<{ reactions: unknown }>('policy', 'GET', '/v1/reactions');
    await curfew.call('policy', 'PUT', '/v1/reactions', { reactions: [] });
    const { signalId } = await curfew.terminate(who);
    expect(await rested(signalId, 'declined')).toMatchObject({
      outcome: { reason: 'no reaction to employment.terminated' },
      match: null,
    });
    await curfew.call('policy', 'PUT', '/v1/reactions', { reactions });
    const replay = () => curfew.ask('signals', 'POST', `/v1/signals/${signalId}/replay`);
    const statuses = (await Promise.all(Array.from({ length: 5 }, replay))).map(({ status }) => status);
    expect(statuses.sort()).toEqual([202, 409, 409, 409, 409]);
    expect(await rested(signalId, 'completed')).toMatchObject({ match: { id: who }, outcome: { ended: 1 } });
    expect(await replay()).toMatchObject({ status: 409, body: { code: 'signal_not_replayable' } });
    const { bars } = await curfew.call<{ bars: unknown[] }>('registry', 'GET', `/v1/subjects/${who}`);
    expect(bars).toHaveLength(1);
  });
});
