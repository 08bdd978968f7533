import { inTurns, type Curfew } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

interface Radius {
  readonly sessions: number;
  readonly subjects: number;
  readonly planToken: string;
}

describe('N-03 a kill that is looked at before', () => {
  let acme: Organisation;
  let curfew: Curfew;
  beforeAll(async () => {
    acme = await organisation(2);
    ({ curfew } = acme);
  });
  afterAll(() => acme.close());

  /** A team of five with a session at each of two applications: ten. */
  async function team(name: string): Promise<void> {
    for (const nth of [1, 2, 3, 4, 5]) {
      const attributes = { region: nth === 1 ? 'emea' : 'apac' };
      await curfew.call('registry', 'PUT', `/v1/subjects/${name}-${nth}`, { groups: [name, 'all'], attributes });
      await inTurns(acme.clientIds, 2, (clientId) =>
        curfew.open(`${name}-${nth}`, clientId, { device: { id: `laptop-${name}-${nth}` } }),
      );
    }
  }
  const another = (name: string, nth: number) =>
    curfew.open(`${name}-${nth}`, acme.clientIds[0]!, { device: { id: `laptop-${name}-${nth}` } });
  const ask = <T = Radius & { code: string }>(
    target: Record<string, string>,
    { dryRun = false, as = curfew, ...more }: { dryRun?: boolean; as?: Curfew; planToken?: string } = {},
  ) =>
    as.ask<T>('registry', 'POST', `/v1/revocations${dryRun ? '?dryRun=true' : ''}`, {
      target,
      reason: 'a test',
      ...more,
    });
  const look = async (target: Record<string, string>) => (await ask(target, { dryRun: true })).body;

  it('is counted by application, team, region and device, and nothing is written', async () => {
    await team('red');
    const [a, b] = acme.clientIds;

    const { status, body } = await ask({ group: 'red' }, { dryRun: true });

    expect(status).toBe(200);
    expect(body).toMatchObject({
      sessions: 10,
      subjects: 5,
      byApplication: { [a!]: 5, [b!]: 5 },
      byGroup: { red: 10, all: 10 },
      byRegion: { emea: 2, apac: 8 },
      byDevice: Object.fromEntries([1, 2, 3, 4, 5].map((nth) => [`laptop-red-${nth}`, 2])),
    });
    expect((await curfew.call<{ items: unknown[] }>('registry', 'GET', '/v1/revocations')).items).toEqual([]);
    expect(await curfew.sessions({ status: 'live' })).toHaveLength(10);
    await another('red', 1); // no barrier either: who authenticated before may still come in
    // What is written later is on the trail, and nothing of the dry run came before it.
    const trail = await until('the trail has the last session', async () => {
      const { items } = await curfew.call<{ items: { type: string }[] }>('audit', 'GET', '/v1/audit');
      return items.filter(({ type }) => type === 'curfew.session.opened.v1').length === 11 && items;
    });
    expect(trail.filter(({ type }) => /revo|deliver/.test(type))).toEqual([]);
  });

  it('ends with its token just what it showed', async () => {
    await team('blue');
    const { planToken, sessions } = await look({ group: 'blue' });
    const revocation = await curfew.revoke({ group: 'blue' }, { planToken });
    expect(revocation).toMatchObject({ state: 'settled', ended: sessions });
  });

  it('still goes through when the set has grown by a tenth, and stops when it has grown by a fifth', async () => {
    await team('green');
    const { planToken } = await look({ group: 'green' });
    await another('green', 1);
    await another('green', 2);

    const { status, body } = await ask({ group: 'green' }, { planToken });

    expect({ status, body }).toMatchObject({
      status: 409,
      body: { code: 'plan_outdated', planned: 10, sessions: 12 },
    });
    const live = (await curfew.sessions({ status: 'live' })).filter(({ subject }) => subject.startsWith('green-'));
    expect(live).toHaveLength(12);
    await curfew.revoke({ session: live[0]!.id });
    expect(await curfew.revoke({ group: 'green' }, { planToken })).toMatchObject({ ended: 11 });
  });

  it('is bound to its target and its organisation', async () => {
    await team('grey');
    const { planToken } = await look({ group: 'grey' });
    const elsewhere = await organisation(0);
    await elsewhere.curfew.call('registry', 'PUT', '/v1/subjects/somebody', { groups: ['grey'] });
    const [body, signature] = planToken.split('.');
    const forged = Buffer.from(body!, 'base64url').toString().replace(',10,', ',99,');
    const refused = { status: 422, body: { code: 'plan_invalid' } };

    expect(await ask({ group: 'all' }, { planToken })).toMatchObject(refused);
    expect(await ask({ subject: 'grey-1' }, { planToken })).toMatchObject(refused);
    expect(await ask({ group: 'grey' }, { planToken, as: elsewhere.curfew })).toMatchObject(refused);
    expect(
      await ask({ group: 'grey' }, { planToken: `${Buffer.from(forged).toString('base64url')}.${signature}` }),
    ).toMatchObject(refused);
    expect(await ask({ group: 'grey' }, { planToken: 'no-token' })).toMatchObject(refused);
    expect(await ask({ group: 'grey' }, { planToken: `${body}.` })).toMatchObject(refused);
    expect((await look({ group: 'grey' })).sessions).toBe(10);
  });
});
