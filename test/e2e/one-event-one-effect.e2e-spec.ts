import type { Curfew } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

interface Entry {
  readonly type: string;
  readonly data: { readonly sid?: string };
}

describe('F-65 an event that its source sends more than once', () => {
  let acme: Organisation;
  beforeAll(async () => {
    acme = await organisation(2);
  });
  afterAll(() => acme.close());

  const termination = (of: string, more: Record<string, unknown> = {}) => ({
    type: 'employment.terminated',
    eventId: `left-${of}`,
    subject: { employeeId: of },
    occurredAt: '2026-01-31T17:00:00.000Z',
    ...more,
  });
  const tell = (body: unknown, headers: Record<string, string> = {}) =>
    acme.curfew.ask<{ signalId: string; code: string }>('signals', 'POST', '/v1/signals', body, { headers });

  it.each([
    ['without an Idempotency-Key', 'ada', {}],
    ['with one Idempotency-Key', 'bob', { 'idempotency-key': '"hr-feed-417"' }],
  ] as const)(
    'is, of a hundred copies at once %s, one signal, one revocation and one effect',
    async (_, who, headers) => {
      const { curfew, applications, clientIds } = acme;
      await curfew.person(who, clientIds);

      const answers = await Promise.all(Array.from({ length: 100 }, () => tell(termination(who), headers)));

      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
      const signalIds = new Set(answers.map(({ body }) => body.signalId));
      expect(signalIds.size).toBe(1);
      const trail = await auditTrail(curfew, [...signalIds][0]!);
      const count = (type: string) => trail.filter((entry) => entry.type === `curfew.${type}.v1`).length;
      expect(count('signal.received')).toBe(1);
      expect(count('revocation.requested')).toBe(1);
      expect(count('revocation.started')).toBe(1);
      expect(count('session.revoked')).toBe(2);
      const sids = trail.flatMap(({ data }) => data.sid ?? []);
      for (const { journal } of applications)
        expect(journal.filter(({ claims }) => sids.includes(claims.sid!))).toHaveLength(1);
    },
  );

  it('counts once, however late the copy comes: it answers what became of the first', async () => {
    await acme.curfew.person('cy', acme.clientIds);
    const first = await acme.curfew.tell(termination('cy'));
    const copy = await acme.curfew.tell(termination('cy'));
    expect(copy).toEqual(first);
    expect(copy).toMatchObject({ progress: 'completed' });
  });

  it('is refused when its event id comes with other content', async () => {
    await tell(termination('dee'));
    const { status, body } = await tell(termination('dee', { subject: { employeeId: 'somebody else' } }));
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'event_id_reused' });
  });

  it('is refused when its Idempotency-Key comes with another body, and nothing of that one happens', async () => {
    const headers = { 'idempotency-key': 'hr-feed-418' };
    await acme.curfew.person('eve', acme.clientIds);
    await tell(termination('fay'), headers);
    const { status, body } = await tell(termination('eve'), headers);
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'idempotency_key_reused' });
    expect(await acme.curfew.sessions({ subject: 'eve', status: 'live' })).toHaveLength(2);
    expect((await acme.curfew.tell(termination('eve'))).progress).toBe('completed'); // its event id is not used up
  });
});

/** Everything a signal led to, once its end is on the trail. */
function auditTrail(curfew: Curfew, correlationId: string): Promise<Entry[]> {
  return until('the trail shows the end', async () => {
    const { items } = await curfew.call<{ items: Entry[] }>('audit', 'GET', `/v1/audit?correlationId=${correlationId}`);
    return items.some(({ type }) => type === 'curfew.revocation.completed.v1') && items;
  });
}
