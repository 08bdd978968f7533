import type { Curfew, SignalView } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

describe('a termination of a later hour', () => {
  let acme: Organisation;
  let curfew: Curfew;
  /** The same for all, so that they wait for it once. */
  let hour: string;
  const planned: Record<string, string> = {};

  beforeAll(async () => {
    acme = await organisation(2);
    ({ curfew } = acme);
    for (const who of ['ada', 'bob', 'cy', 'dee', 'witness']) await curfew.person(who, acme.clientIds);
    hour = inMs(4_000);
    for (const who of ['bob', 'cy', 'dee', 'ada']) planned[who] = (await plan(who, hour)).signalId;
    await curfew.call('signals', 'POST', `/v1/signals/${planned.bob}/rescind`, { reason: 'withdrawn' });
    planned.later = (await plan('cy', inMs(3_600_000))).signalId;
    await curfew.tell({ type: 'employment.rehired', subject: { employeeId: 'dee' } });
    // When this one has fired, whatever was due before it would have, too.
    const { signalId } = await plan('witness', new Date(Date.parse(hour) + 1).toISOString());
    await done(signalId);
  }, 30_000);
  afterAll(() => acme.close());

  const plan = (employeeId: string, effectiveAt: string) =>
    curfew.call<SignalView>('signals', 'POST', '/v1/signals', {
      type: 'employment.terminated',
      eventId: `${employeeId}-${effectiveAt}`,
      subject: { employeeId },
      occurredAt: new Date().toISOString(),
      effectiveAt,
    });
  const look = (signalId: string) => curfew.call<SignalView>('signals', 'GET', `/v1/signals/${signalId}`);
  const live = async (subject: string) => (await curfew.sessions({ subject, status: 'live' })).length;
  const done = (signalId: string) =>
    until(`signal ${signalId} is done`, async () => {
      const signal = await look(signalId);
      return ['completed', 'settled'].includes(signal.progress) && signal;
    });

  it('F-66 ends everything at its hour, and not before', async () => {
    const { revocationId } = await done(planned.ada!);
    expect(await live('ada')).toBe(0);
    const chain = await curfew.call<{ timeline: { inForceAt: string }; sessions: { sid: string; clientId: string }[] }>(
      'registry',
      'GET',
      `/v1/revocations/${revocationId}`,
    );
    expect(Date.parse(chain.timeline.inForceAt)).toBeGreaterThanOrEqual(Date.parse(hour));
    for (const { clientId, ended } of acme.applications)
      expect(ended).toContain(chain.sessions.find((session) => session.clientId === clientId)!.sid);
  });

  it('F-66 is held until then, and shown as scheduled', async () => {
    await curfew.person('eve', acme.clientIds);
    const effectiveAt = inMs(3_600_000);
    const { signalId, state } = await plan('eve', effectiveAt);
    expect(state).toBe('scheduled');
    expect(await look(signalId)).toMatchObject({ state: 'scheduled', progress: 'waiting', effectiveAt });
    expect(await live('eve')).toBe(2);
  });

  it('F-66 N-13 ends nothing when it was rescinded before', async () => {
    expect(await look(planned.bob!)).toMatchObject({ state: 'rescinded', revocationId: null });
    expect(await live('bob')).toBe(2);
    await curfew.open('bob', acme.clientIds[0]!);
  });

  it('F-66 is replaced by a newer one of the same source: only the new hour counts', async () => {
    expect((await done(planned.cy!)).outcome).toMatchObject({ outcome: 'replaced' });
    expect(await live('cy')).toBe(2);
    expect(await look(planned.later!)).toMatchObject({ state: 'scheduled' });
  });

  it('F-66 is undone by a rehire that its source says later, though that takes effect earlier', async () => {
    expect((await done(planned.dee!)).outcome).toMatchObject({ outcome: 'replaced' });
    expect(await live('dee')).toBe(2);
  });
});
