import { inTurns, type Answer, type RevocationView, type SignalView } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

interface Open {
  readonly subject: string;
  readonly clientId: string;
  readonly device?: string;
  readonly sid?: string;
}

interface Session {
  readonly sid: string;
  readonly clientId: string;
}

const AT_ONCE = 64;
const REFUSALS = ['subject_barred', 'device_quarantined', 'authenticated_before_revocation'];

interface Raced {
  readonly opened: readonly Session[];
  readonly refused: readonly Open[];
  /** Sign-ins that were answered 503, because the machine had too much in hand: they may have been opened or not. */
  readonly unanswered: number;
}

/** Everybody who signs in here authenticated before the kills; those are fired in the midst of it. */
async function race(org: Organisation, opens: readonly Open[], kills: () => Promise<unknown>): Promise<Raced> {
  const authenticatedAt = new Date().toISOString();
  const opened: Session[] = [];
  const refused: Open[] = [];
  let unanswered = 0;
  let killed: Promise<unknown> | undefined;
  await inTurns(opens, AT_ONCE, async (open) => {
    const { device, ...session } = open;
    const body = { ...session, authenticatedAt, ...(device === undefined ? {} : { device: { id: device } }) };
    const answer: Answer<{ sid: string; code: string }> = await org.curfew.ask(
      'registry',
      'POST',
      '/v1/sessions',
      body,
    );
    if (answer.status === 201) opened.push({ sid: answer.body.sid, clientId: open.clientId });
    else if (answer.status === 503) unanswered++;
    else {
      expect(REFUSALS).toContain(answer.body.code); // and not, say, an error of two locks that crossed
      refused.push(open);
    }
    if (opened.length >= opens.length / 10) killed ??= kills();
  });
  await killed;
  expect(refused.length).toBeGreaterThan(0); // or it was no race
  return { opened, refused, unanswered };
}

/** Nobody is in any more: not by what Curfew shows, not by what it answers, not at the applications. */
async function nobodyIsIn({ curfew, applications }: Organisation, sessions: readonly Session[]): Promise<void> {
  expect(await curfew.sessions({ status: 'live' })).toEqual([]);
  await inTurns(sessions, AT_ONCE, async ({ sid, clientId }) => {
    expect(await curfew.introspect(sid, clientId)).toEqual({ active: false });
  });
  const ended = new Map(applications.map((application) => [application.clientId, application]));
  await until(
    'each application was told of each session',
    () => sessions.every(({ sid, clientId }) => ended.get(clientId)!.ended.has(sid)),
    30_000,
  );
}

/** I5: what the revocations say they ended is what was open. */
function countsAgree(revocations: readonly RevocationView[], { opened, unanswered }: Raced): void {
  const ended = revocations.reduce((sum, revocation) => sum + revocation.ended, 0);
  expect(ended).toBeGreaterThanOrEqual(opened.length);
  expect(ended).toBeLessThanOrEqual(opened.length + unanswered);
}

describe('I4 open against revoke', () => {
  let acme: Organisation;
  beforeEach(async () => {
    acme = await organisation(4);
    const policy = { absoluteSeconds: 28_800, idleSeconds: 3_600, cap: null, overCap: 'block' };
    await acme.curfew.call('policy', 'PUT', '/v1/policies/default', policy);
  });
  afterEach(() => acme.close());

  const people = (prefix: string, count: number) => Array.from({ length: count }, (_, nth) => `${prefix}-${nth}`);
  const put = (who: string, groups: string[] = []) =>
    acme.curfew.call('registry', 'PUT', `/v1/subjects/${who}`, { identifiers: { employeeId: who }, groups });
  /** As a responder does: again, until it is taken. */
  const kill = (target: Record<string, string>) =>
    until(
      `the kill of ${JSON.stringify(target)} is taken`,
      async () => {
        const headers = { prefer: 'wait=10', 'idempotency-key': JSON.stringify(target).replace(/\W/g, '') };
        const body = { target, reason: 'a test' };
        const answer = await acme.curfew.ask<RevocationView>('registry', 'POST', '/v1/revocations', body, { headers });
        return answer.status === 202 && answer.body;
      },
      30_000,
    );
  const times = (count: number, open: (nth: number) => Open) => Array.from({ length: count }, (_, nth) => open(nth));
  const application = (nth: number) => acme.clientIds[nth % acme.clientIds.length]!;

  it('leaves nobody in, of 1,000 who sign in while one termination comes', async () => {
    await put('ada');
    let signal: SignalView | undefined;
    const opens = times(1_000, (nth) => ({ subject: 'ada', clientId: application(nth) }));

    const raced = await race(acme, opens, async () => {
      signal = await acme.curfew.tell({ type: 'employment.terminated', subject: { employeeId: 'ada' } });
    });

    await nobodyIsIn(acme, raced.opened);
    const path = `/v1/revocations/${signal!.revocationId}`;
    const chain = await acme.curfew.call<RevocationView>('registry', 'GET', path, undefined, {
      headers: { prefer: 'wait=10' },
    });
    expect(chain.state).toBe('settled');
    countsAgree([chain], raced);
  });

  it('leaves nobody in, of 1,000 whom a device, an application, a group and a person kill cross, each covering a part', async () => {
    const team = people('team', 10);
    const others = people('other', 10);
    for (const who of team) await put(who, ['red']);
    for (const who of [...others, 'ada']) await put(who);
    const [killed, ...spared] = acme.clientIds;
    const opens = Array.from({ length: 250 }, (_, nth) => [
      { subject: others[nth % 10]!, clientId: spared[nth % 3]!, device: 'kiosk' },
      { subject: others[nth % 10]!, clientId: killed!, device: `desk-${nth % 10}` },
      { subject: team[nth % 10]!, clientId: spared[nth % 3]!, device: nth % 2 === 0 ? 'kiosk' : `desk-${nth % 10}` },
      { subject: 'ada', clientId: application(nth), device: nth % 2 === 0 ? 'kiosk' : `desk-${nth % 10}` },
    ]).flat();
    let revocations: RevocationView[] = [];

    const raced = await race(acme, opens, async () => {
      revocations = await Promise.all([
        kill({ device: 'kiosk' }),
        kill({ application: killed! }),
        kill({ group: 'red' }),
        kill({ subject: 'ada' }),
      ]);
    });

    await nobodyIsIn(acme, raced.opened);
    countsAgree(revocations, raced);
  });

  it('leaves nobody in, also of those whom an application had let in already, when the tenant is killed among the rest', async () => {
    const team = people('team', 5);
    for (const who of team) await put(who, ['red']);
    const opens = times(300, (nth) => ({
      subject: team[nth % 5]!,
      clientId: application(nth),
      device: `desk-${nth % 5}`,
      sid: `sid-${nth}`,
    }));
    let revocations: RevocationView[] = [];

    const raced = await race(acme, opens, async () => {
      revocations = await Promise.all([
        kill({ tenant: acme.tenant }),
        kill({ group: 'red' }),
        kill({ application: application(0) }),
        kill({ device: 'desk-1' }),
        kill({ subject: team[2]! }),
      ]);
    });

    await nobodyIsIn(acme, [...raced.opened, ...raced.refused.map(({ sid, clientId }) => ({ sid: sid!, clientId }))]);
    countsAgree(revocations, raced);
  });
});
