import type { Curfew, SignalView } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

/** The hour at which the source said each, whatever the order they arrive in. */
const SAID = { terminated: 1, rehired: 2, 'terminated again': 3 } as const;
type Step = keyof typeof SAID | 'rescinded';

const HOUR = 3_600_000;
const began = Date.now() - 5 * HOUR;
const atHour = (hour: number) => new Date(began + hour * HOUR).toISOString();

describe('F-66 N-13 somebody who leaves and comes back', () => {
  let acme: Organisation;
  let curfew: Curfew;
  beforeAll(async () => {
    acme = await organisation(1, { more: { clockSkewSeconds: 0 } });
    ({ curfew } = acme);
  });
  afterAll(() => acme.close());

  const say = (employeeId: string, fact: keyof typeof SAID) =>
    curfew.tell({
      type: fact === 'rehired' ? 'employment.rehired' : 'employment.terminated',
      subject: { employeeId },
      occurredAt: atHour(SAID[fact]),
    });
  const rescind = async (signalId: string) => {
    await curfew.call('signals', 'POST', `/v1/signals/${signalId}/rescind`, {});
    await until('the rescission has arrived', async () => {
      const { progress } = await curfew.call<SignalView>('signals', 'GET', `/v1/signals/${signalId}`);
      return progress === 'settled';
    });
  };
  const signIn = (subject: string, authenticatedAt: string, more: Record<string, unknown> = {}) =>
    curfew.ask<{ id: string; sid: string; code: string }>('registry', 'POST', '/v1/sessions', {
      subject,
      clientId: acme.clientIds[0],
      authenticatedAt,
      ...more,
    });
  const goesOn = async (id: string) =>
    (await curfew.call<{ active: boolean }>('registry', 'POST', `/v1/sessions/${id}/activity`, {})).active;

  /** A session of before it all, and then what arrives, in this order. */
  async function live(who: string, steps: readonly Step[]): Promise<{ id: string; sid: string }> {
    await curfew.call('registry', 'PUT', `/v1/subjects/${who}`, { identifiers: { employeeId: who } });
    const { body: old } = await signIn(who, atHour(0));
    const told = new Map<Step, SignalView>();
    for (const step of steps) {
      if (step === 'rescinded') await rescind(told.get('terminated')!.signalId);
      else told.set(step, await say(who, step));
    }
    return old;
  }

  async function neverLivesAgain(who: string, old: { id: string; sid: string }): Promise<void> {
    expect(await goesOn(old.id)).toBe(false);
    expect((await curfew.introspect(old.sid, acme.clientIds[0])).active).toBe(false);
    expect(await signIn(who, new Date().toISOString(), { sid: old.sid })).toMatchObject({
      status: 409,
      body: { code: 'session_ended' },
    });
    expect(acme.applications[0]!.ended).toContain(old.sid);
  }

  it.each<readonly [Step[]]>([
    [['terminated', 'rescinded', 'rehired']],
    [['terminated', 'rehired', 'rescinded']],
    [['rehired', 'terminated', 'rescinded']],
    [['terminated', 'rehired']],
    [['rehired', 'terminated']],
  ])('works again, by what its source said last: %j', async (steps) => {
    const who = steps.join('-').replaceAll(' ', '-');
    const old = await live(who, steps);

    await neverLivesAgain(who, old);
    expect(await signIn(who, atHour(0))).toMatchObject({
      status: 403,
      body: { code: 'authenticated_before_revocation' },
    });
    const anew = await signIn(who, new Date().toISOString());
    expect(anew.status).toBe(201);
    expect(await goesOn(anew.body.id)).toBe(true);
  });

  it.each<readonly [Step[]]>([
    [['terminated', 'rehired', 'terminated again']],
    [['terminated', 'terminated again', 'rehired']],
    [['rehired', 'terminated', 'terminated again']],
    [['rehired', 'terminated again', 'terminated']],
    [['terminated again', 'terminated', 'rehired']],
    [['terminated again', 'rehired', 'terminated']],
  ])('is gone for good, by what its source said last: %j', async (steps) => {
    const who = steps.join('-').replaceAll(' ', '-');
    const old = await live(who, steps);

    await neverLivesAgain(who, old);
    expect(await signIn(who, new Date().toISOString())).toMatchObject({
      status: 403,
      body: { code: 'subject_barred' },
    });
  });

  it('keeps what was authenticated after a termination that arrives when its rehire is there already', async () => {
    await curfew.call('registry', 'PUT', '/v1/subjects/late', { identifiers: { employeeId: 'late' } });
    await say('late', 'rehired');
    const { body: before } = await signIn('late', atHour(0.5));
    const { body: after } = await signIn('late', atHour(1.5));

    const { revocationId } = await say('late', 'terminated');

    expect(await goesOn(before.id)).toBe(false);
    expect(await goesOn(after.id)).toBe(true);
    expect(await curfew.call('registry', 'GET', `/v1/revocations/${revocationId}`)).toMatchObject({
      standing: 'superseded',
      ended: 1,
    });
  });

  it('counts the sequence of a source that has one, not its clock', async () => {
    await curfew.call('registry', 'PUT', '/v1/subjects/seq', { identifiers: { employeeId: 'seq' } });
    const told = { subject: { employeeId: 'seq' }, occurredAt: atHour(1) };
    await curfew.tell({ ...told, type: 'employment.terminated', sequence: 7 });
    await curfew.tell({ ...told, type: 'employment.rehired', sequence: 8, occurredAt: atHour(0) });
    expect((await signIn('seq', new Date().toISOString())).status).toBe(201);
  });

  it('is not brought back by another source than the one that told of the end', async () => {
    await curfew.person('walled', []);
    const hr = await curfew.newKey({ roles: ['source'], source: 'hr' });
    const itsm = await curfew.newKey({ roles: ['source'], source: 'itsm' });
    await hr.tell({ type: 'employment.terminated', subject: { employeeId: 'walled' } });
    await itsm.tell({ type: 'employment.rehired', subject: { employeeId: 'walled' } });
    expect((await signIn('walled', new Date().toISOString())).body.code).toBe('subject_barred');
    await hr.tell({ type: 'employment.rehired', subject: { employeeId: 'walled' } });
    expect((await signIn('walled', new Date().toISOString())).status).toBe(201);
  });
});
