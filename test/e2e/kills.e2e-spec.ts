import { inTurns, type RevocationView, type SessionView } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';

/** Who is in which team, and where they sit; `kiosk` is shared. */
const PEOPLE = { ada: ['red'], bob: ['red', 'blue'], cy: ['blue'], dee: [] as string[] };

type Covers = (session: SessionView) => boolean;

/** Everybody has a session at each application from a device of their own, and one at the first from the kiosk. */
async function settle({ curfew, clientIds }: Organisation): Promise<SessionView[]> {
  for (const [who, groups] of Object.entries(PEOPLE)) {
    await curfew.call('registry', 'PUT', `/v1/subjects/${who}`, { groups });
  }
  const seats = Object.keys(PEOPLE).flatMap((who) => [
    ...clientIds.map((clientId) => ({ who, clientId, id: `laptop-${who}` })),
    { who, clientId: clientIds[0]!, id: 'kiosk' },
  ]);
  await inTurns(seats, 6, ({ who, clientId, id }) => curfew.open(who, clientId, { device: { id } }));
  return curfew.sessions({ status: 'live' });
}

describe('a kill asked for over HTTP', () => {
  let neighbour: Organisation;
  let theirs: SessionView[];
  beforeAll(async () => {
    neighbour = await organisation(2);
    theirs = await settle(neighbour);
  });
  afterAll(() => neighbour.close());

  it.each<readonly [string, (org: Organisation, live: SessionView[]) => string, (id: string) => Covers]>([
    ['subject', () => 'ada', (id) => (session) => session.subject === id],
    ['device', () => 'kiosk', (id) => (session) => session.device === id],
    ['session', (_, live) => live[3]!.id, (id) => (session) => session.id === id],
    ['application', ({ clientIds }) => clientIds[0]!, (id) => (session) => session.clientId === id],
    [
      'group',
      () => 'blue',
      () =>
        ({ subject }) =>
          subject === 'bob' || subject === 'cy',
    ],
    ['tenant', ({ tenant }) => tenant, () => () => true],
  ])(
    'I2 I5 of a %s ends its sessions, tells each application of them, and touches no other',
    async (kind, idIn, covers) => {
      const acme = await organisation(2);
      const { curfew, applications } = acme;
      const before = await settle(acme);
      const id = idIn(acme, before);
      const target = { [kind]: id };
      const covered = before.filter(covers(id));

      const revocation = await curfew.revoke(target);

      expect(revocation).toMatchObject({ state: 'settled', ended: covered.length, alreadyEnded: 0 });
      const left = new Set((await curfew.sessions({ status: 'live' })).map((session) => session.id));
      await inTurns(before, 6, async (session) => {
        const goesOn = !covered.includes(session);
        expect(left.has(session.id)).toBe(goesOn);
        expect((await curfew.introspect(session.sid, session.clientId)).active).toBe(goesOn);
      });
      for (const { clientId, journal } of applications) {
        const own = covered.filter((session) => session.clientId === clientId).map(({ sid }) => sid);
        expect(journal.map(({ claims }) => claims.sid).sort()).toEqual(own.sort());
      }
      const ended = await curfew.sessions({ status: 'ended' });
      expect(new Set(ended.map(({ cause, revocationId }) => `${cause} by ${revocationId}`))).toEqual(
        new Set([`revoked by ${revocation.revocationId}`]),
      );
      // Asked for once more it finds nothing to end.
      expect(await curfew.revoke(target)).toMatchObject({ state: 'settled', ended: 0 });
      await acme.close();
    },
  );

  it('I7 ends nothing of the organisation next door, whose people, teams and devices have the same names', async () => {
    expect(await neighbour.curfew.sessions({ status: 'live' })).toEqual(theirs);
    for (const { journal } of neighbour.applications) expect(journal).toEqual([]);
  });

  describe('that can not be', () => {
    const ask = (body: unknown) => neighbour.curfew.ask<{ code: string }>('registry', 'POST', '/v1/revocations', body);

    it.each<readonly [unknown, number, string]>([
      [{ target: { subject: 'nobody' } }, 404, 'subject_not_found'],
      [{ target: { session: 'nothing' } }, 404, 'session_not_found'],
      [{ target: { application: 'nowhere' } }, 404, 'application_not_found'],
      [{ target: { group: 'green' } }, 404, 'group_not_found'],
      [{ target: { tenant: 'default' } }, 404, 'tenant_not_found'],
      [{ target: {} }, 400, 'invalid_field'],
      [{ target: { subject: 'ada', device: 'kiosk' } }, 400, 'invalid_field'],
      [{ target: { subject: 'ada' }, reason: '' }, 400, 'invalid_field'],
      [{ target: { group: 'red' }, bar: true }, 422, 'target_not_barrable'],
    ])('is refused: %j', async (body, status, code) => {
      expect(await ask({ reason: 'a test', ...(body as object) })).toMatchObject({ status, body: { code } });
      expect(await neighbour.curfew.sessions({ status: 'live' })).toHaveLength(theirs.length);
    });
  });

  it('F-65 of which a hundred copies come at once with one Idempotency-Key is one revocation', async () => {
    const acme = await organisation(1);
    await acme.curfew.person('ada', acme.clientIds);
    const body = { target: { subject: 'ada' }, reason: 'stolen password' };
    const headers = { 'idempotency-key': 'kill-1' };
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        acme.curfew.call<RevocationView>('registry', 'POST', '/v1/revocations', body, { headers }),
      ),
    );
    expect(new Set(answers.map(({ revocationId }) => revocationId)).size).toBe(1);
    const { items } = await acme.curfew.call<{ items: unknown[] }>('registry', 'GET', '/v1/revocations');
    expect(items).toHaveLength(1);
    await acme.close();
  });

  it('RV-14 ends one session, and no other of its person', async () => {
    const acme = await organisation(2);
    const [hit, spared] = await settle(acme);
    const ended = await acme.curfew.call<RevocationView>('registry', 'DELETE', `/v1/sessions/${hit!.id}`, undefined, {
      headers: { prefer: 'wait=10' },
    });
    expect(ended).toMatchObject({ state: 'settled', ended: 1 });
    const told = acme.applications.flatMap(({ journal }) => journal.map(({ claims }) => claims.sid));
    expect(told).toEqual([hit!.sid]);
    expect((await acme.curfew.introspect(spared!.sid, spared!.clientId)).active).toBe(true);
    await acme.close();
  });
});
