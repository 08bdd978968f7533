import type { SessionView, SignalView } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

interface Chain {
  readonly signalId: string;
  readonly correlationId: string;
  readonly timeline: Readonly<Record<'requestedAt' | 'inForceAt' | 'resolvedAt' | 'settledAt', string>>;
  readonly sessions: readonly {
    readonly id: string;
    readonly sid: string;
    readonly delivery: { readonly deliveryId: string; readonly state: string; readonly attempts: readonly Attempt[] };
  }[];
}

interface Attempt {
  readonly status: number;
  readonly jti: string;
}

describe('N-16 why a session ended', () => {
  let acme: Organisation;
  beforeAll(async () => {
    acme = await organisation(2);
  });
  afterAll(() => acme.close());

  it('leads from the signal to each answer, and every link of it resolves', async () => {
    const { curfew, applications, clientIds } = acme;
    await curfew.person('ada', clientIds);
    const { signalId, revocationId } = await curfew.tell({
      type: 'employment.terminated',
      subject: { employeeId: 'ada' },
      reason: 'left',
    });

    const chain = await curfew.call<Chain>('registry', 'GET', `/v1/revocations/${revocationId}`, undefined, {
      headers: { prefer: 'wait=10' },
    });
    expect(chain).toMatchObject({ signalId, reason: 'left', standing: 'in_force', bar: true });
    const { requestedAt, inForceAt, resolvedAt, settledAt } = chain.timeline;
    const times = [requestedAt, inForceAt, resolvedAt, settledAt].map((at) => Date.parse(at));
    expect(times).toEqual([...times].sort((a, b) => a - b));

    const signal = await curfew.call<SignalView>('signals', 'GET', `/v1/signals/${chain.signalId}`);
    expect(signal.revocationId).toBe(revocationId);
    expect(chain.sessions).toHaveLength(2);
    for (const { id, sid, delivery } of chain.sessions) {
      const session = await curfew.call<SessionView>('registry', 'GET', `/v1/sessions/${id}`);
      expect(session).toMatchObject({ sid, cause: 'revoked', revocationId, reason: 'left' });
      const [told] = applications.flatMap(({ journal }) => journal.filter(({ claims }) => claims.sid === sid));
      expect(delivery).toMatchObject({ state: 'accepted', attempts: [{ status: 200, jti: told!.claims.jti }] });
      expect(await curfew.call('fanout', 'GET', `/v1/deliveries/${delivery.deliveryId}`)).toMatchObject({
        revocationId,
        sid,
        state: 'accepted',
      });
    }
    const trail = await until('the whole story is on the trail', async () => {
      const path = `/v1/audit?correlationId=${chain.correlationId}`;
      const { items } = await curfew.call<{ items: { type: string }[] }>('audit', 'GET', path);
      return items.some(({ type }) => type === 'curfew.revocation.completed.v1') && items;
    });
    const types = new Set(trail.map(({ type }) => type.replace(/^curfew\.|\.v1$/g, '')));
    for (const type of [
      'signal.received',
      'revocation.requested',
      'revocation.started',
      'session.revoked',
      'revocation.resolved',
      'delivery.accepted',
      'revocation.completed',
    ])
      expect(types).toContain(type);
  });
});
