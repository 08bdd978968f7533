import { randomUUID } from 'node:crypto';
import {
  INITIAL_POLICY,
  OverrideUpdatedV1,
  PolicyEnforcedV1,
  PolicyUpdatedV1,
  SessionRevokedV1,
  type Batch,
  type CurfewEvent,
  type DefaultPolicy,
  type EnforcementCounts,
  type OverrideLayer,
  type PolicyField,
  type PolicyOverride,
} from '@curfew/contracts';
import { enforcementOf, policyCalled } from '@curfew/policy-rules';
import { until } from '../../../../test/support/until.js';
import { codeOf, openRegistry, type FakeRegistry } from '../registry.fake.js';

const HOUR = 3_600;

interface Stored {
  readonly session_id: string;
  readonly subject_id: string;
  readonly idle_seconds: number | null;
  readonly lasts: number;
  readonly reauth: number | null;
  readonly cause: string | null;
}

/** What a saved policy does to the sessions that are live. */
describe('enforcement', () => {
  let registry: FakeRegistry;
  let tenant: string;
  let version: number;

  beforeAll(async () => (registry = await openRegistry()));
  afterAll(() => registry.close());
  beforeEach(async () => {
    version = 1;
    tenant = await registry.tenant(['crm', 'erp'], { absoluteSeconds: 8 * HOUR, idleSeconds: HOUR });
  });
  afterEach(() => registry.enforceInBatches.beforeApplicationShutdown());

  const eventOf = <D>(type: string, subject: string, data: D): CurfewEvent<D> => ({
    specversion: '1.0',
    id: randomUUID(),
    source: '/curfew/policy',
    type,
    subject,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    tenant,
    partitionkey: `${tenant}:${subject}`,
    correlationid: 'a-save',
    actor: 'key:admin',
    data,
  });
  const enforcing = (fields: PolicyField[], mode: 'tighten' | 'set') => ({ enforcementId: randomUUID(), fields, mode });
  const save = async (
    after: Partial<DefaultPolicy>,
    fields: PolicyField[],
    mode: 'tighten' | 'set' = 'tighten',
    batch?: Batch,
  ) => {
    version += 1;
    const policy: DefaultPolicy = {
      ...INITIAL_POLICY,
      cap: null,
      absoluteSeconds: 8 * HOUR,
      idleSeconds: HOUR,
      ...after,
    };
    const enforcement = fields.length === 0 ? null : enforcing(fields, mode);
    const data = {
      policy: 'default',
      version,
      before: INITIAL_POLICY,
      after: policy,
      changes: [],
      reason: null,
      enforcement,
      ...(batch && { batch }),
    };
    await registry.run(tenant, (tx) => registry.applyPolicy.saved(eventOf(PolicyUpdatedV1.type, 'default', data), tx));
    return enforcement?.enforcementId;
  };
  const override = async (layer: OverrideLayer, id: string, after: Partial<PolicyOverride> | null, batch?: Batch) => {
    version += 1;
    const made: PolicyOverride | null = after && {
      values: {},
      exact: [],
      reason: null,
      expiresAt: null,
      privileged: false,
      ...after,
    };
    const fields = Object.keys(made?.values ?? {}) as PolicyField[];
    const enforcement = fields.length === 0 ? null : enforcing(fields, 'tighten');
    const said = { layer, id, version, before: null, after: made, changes: [], reason: null, enforcement };
    const data = { ...said, ...(batch && { batch }) };
    await registry.run(tenant, (tx) =>
      registry.applyPolicy.saved(eventOf(OverrideUpdatedV1.type, `${layer}:${id}`, data), tx),
    );
  };
  const counts = async (): Promise<EnforcementCounts[]> =>
    (await registry.published(tenant, PolicyEnforcedV1)).map(({ data }) => data.counts as EnforcementCounts);
  const stored = async (): Promise<Stored[]> =>
    (
      await registry.owner.query<Stored>(
        `SELECT session_id, subject_id, idle_seconds, extract(epoch FROM absolute_expires_at - opened_at)::int AS lasts,
           extract(epoch FROM reauth_at - authenticated_at)::int AS reauth, cause
         FROM sessions WHERE tenant = $1 ORDER BY session_id`,
        [tenant],
      )
    ).rows;
  const check = (sessionId: string) => registry.checkSession.execute({ tenant, sessionId }, false);
  const people = async (count: number, given: Parameters<FakeRegistry['subject']>[2] = {}) => {
    for (let n = 0; n < count; n++) await registry.subject(tenant, `${(given.groups ?? ['p'])[0]}-${n}`, given);
  };

  it('OP-10 DECISION-1 twelve sessions whose authentication has become too old are marked, and counted', async () => {
    const long = new Date(Date.now() - 5 * HOUR * 1000);
    for (let n = 0; n < 12; n++) await registry.open(tenant, `u-${n}`, { authenticatedAt: long });
    await registry.open(tenant, 'fresh');
    await save({ reauthSeconds: 4 * HOUR }, ['reauthSeconds']);
    expect(await counts()).toEqual([{ sessions: 13, subjects: 13, marked: 12, changed: 1, ended: 0, evicted: 0 }]);
    for (const { session_id, subject_id } of await stored())
      expect(await check(session_id)).toMatchObject(
        subject_id === 'fresh' ? { active: true } : { active: false, reauthenticate: true },
      );
    expect(await codeOf(registry.open(tenant, 'late', { authenticatedAt: long }))).toBe('reauthentication_required');
  });

  it('OP-01 a marked session goes on once its person has authenticated again', async () => {
    const session = await registry.open(tenant, 'ada', {
      sid: 's',
      authenticatedAt: new Date(Date.now() - 5 * HOUR * 1000),
    });
    await save({ reauthSeconds: 4 * HOUR }, ['reauthSeconds']);
    expect(await check(session.id)).toMatchObject({ active: false, reauthenticate: true });
    expect(await registry.open(tenant, 'ada', { sid: 's' })).toMatchObject({ id: session.id, repeated: true });
    expect(await check(session.id)).toMatchObject({ active: true });
  });

  it('OP-11 an override touches the sessions of its group alone', async () => {
    await people(3, { groups: ['sre'] });
    await people(2, { groups: ['sales'] });
    for (const id of ['sre-0', 'sre-1', 'sre-2', 'sales-0', 'sales-1']) await registry.open(tenant, id);
    await override('group', 'sre', { values: { reauthSeconds: 4 * HOUR, idleSeconds: 900 } });
    expect(await counts()).toEqual([{ sessions: 3, subjects: 3, marked: 0, changed: 3, ended: 0, evicted: 0 }]);
    for (const { subject_id, idle_seconds, reauth } of await stored())
      expect([subject_id, idle_seconds, reauth]).toEqual(
        subject_id.startsWith('sre') ? [subject_id, 900, 4 * HOUR] : [subject_id, HOUR, null],
      );
  });

  it('ends what is past its new deadline, and tells the applications', async () => {
    const { id } = await registry.open(tenant, 'old');
    await registry.later(2 * HOUR - 60);
    const young = await registry.open(tenant, 'young');
    await registry.owner.query(
      `UPDATE sessions SET last_activity_at = curfew_now(), expires_at = curfew_now() + interval '1 hour' WHERE tenant = $1`,
      [tenant],
    );
    await registry.later(60);
    await save({ absoluteSeconds: 2 * HOUR }, ['absoluteSeconds']);
    expect(await counts()).toEqual([{ sessions: 2, subjects: 2, marked: 0, changed: 1, ended: 1, evicted: 0 }]);
    expect((await stored()).map(({ cause }) => cause)).toEqual(['absolute_timeout', null]);
    expect((await registry.published(tenant, SessionRevokedV1)).map(({ data }) => data.sessionId)).toEqual([id]);
    expect(await check(id)).toMatchObject({ active: false });
    expect(await check(young.id)).toMatchObject({ active: true });
  });

  it('CC-03 a tighter cap that evicts ends the oldest sign-ins, whole, as an open would; one that blocks ends none', async () => {
    for (const [device, clientId] of [
      ['a', 'crm'],
      ['b', 'crm'],
      ['a', 'erp'],
      ['c', 'crm'],
      ['d', 'erp'],
    ] as const)
      await registry.open(tenant, 'ada', { device: { id: device }, clientId });
    await save({ cap: 2, overCap: 'block' }, ['cap', 'overCap']);
    expect(await counts()).toMatchObject([{ evicted: 0 }]);
    await save({ cap: 2, overCap: 'evict' }, ['cap', 'overCap']);
    expect((await counts())[1]).toMatchObject({ sessions: 5, evicted: 3 });
    const live = (await registry.sessions(tenant)).filter(({ ended_at }) => ended_at === null);
    expect(live.map(({ device_id }) => device_id).sort()).toEqual(['c', 'd']);
    await save({ cap: 2, overCap: 'evict', applications: { crm: { cap: 1, overCap: 'evict' } } }, [
      'applicationCap',
      'applicationOverCap',
    ]);
    expect((await counts())[2]).toMatchObject({ evicted: 0 });
  });

  it('PR-02 a save for the next session leaves the live ones as they were; one that sets gives what a new one would get', async () => {
    await registry.open(tenant, 'ada');
    await save({ idleSeconds: 60 }, []);
    await registry.open(tenant, 'ada');
    expect((await stored()).map(({ idle_seconds }) => idle_seconds)).toEqual([HOUR, 60]);
    expect(await counts()).toEqual([]);
    await save({ idleSeconds: 2 * HOUR }, ['idleSeconds'], 'set');
    expect((await stored()).map(({ idle_seconds }) => idle_seconds)).toEqual([2 * HOUR, 2 * HOUR]);
  });

  it('tightening never gives a session more than it had', async () => {
    await registry.subject(tenant, 'ada', { groups: ['field'] });
    await registry.open(tenant, 'ada');
    const expiresAt = new Date(Date.now() + 1_000 * HOUR * 1000).toISOString();
    await override('group', 'field', {
      values: { idleSeconds: 4 * HOUR },
      exact: ['idleSeconds'],
      reason: 'x',
      expiresAt,
    });
    expect((await stored())[0]).toMatchObject({ idle_seconds: HOUR });
  });

  it.each(['the tighter default', 'what spares a group from it'])(
    'OP-14 policies that were saved together are enforced once all have come: first %s',
    async (first) => {
      await people(1, { groups: ['sre'] });
      await people(1, { groups: ['sales'] });
      for (const id of ['sre-0', 'sales-0']) await registry.open(tenant, id);
      await registry.later(1_800);
      const batch = { batchId: randomUUID(), size: 2 };
      const expiresAt = new Date(Date.now() + 1_000 * HOUR * 1000).toISOString();
      const spared = { values: { idleSeconds: HOUR }, exact: ['idleSeconds'], reason: 'on call', expiresAt } as const;
      const steps = [
        () => save({ idleSeconds: 900 }, ['idleSeconds'], 'tighten', batch),
        () => override('group', 'sre', { ...spared, exact: [...spared.exact] }, batch),
      ];
      if (first !== 'the tighter default') steps.reverse();
      await steps[0]!();
      registry.enforceInBatches.onApplicationBootstrap();
      expect((await stored()).map(({ cause }) => cause)).toEqual([null, null]);
      await steps[1]!();
      await until('both are enforced', async () => (await counts()).length === 2);
      const ended = (await stored()).filter(({ cause }) => cause !== null).map(({ subject_id }) => subject_id);
      expect(ended).toEqual(['sales-0']);
    },
  );

  it('what the index knew of a session is read again, also where only a group’s policy changed', async () => {
    await registry.subject(tenant, 'ada', { groups: ['sre'] });
    const { id } = await registry.open(tenant, 'ada');
    await registry.index.filled();
    expect(await check(id)).toMatchObject({ session: { idleSeconds: HOUR } });
    await override('group', 'sre', { values: { idleSeconds: 60 } });
    expect(await check(id)).toMatchObject({ session: { idleSeconds: 60 } });
  });

  it('TN-02 TN-03 a person who moves is judged by the policies of where they are now, at once where those are stricter', async () => {
    await registry.subject(tenant, 'ada', { attributes: { region: 'emea', clearance: 'public' } });
    await registry.open(tenant, 'ada');
    await override('region', 'apac', { values: { idleSeconds: 600 } });
    await override('clearance', 'secret', { values: { absoluteSeconds: HOUR } });
    expect((await stored())[0]).toMatchObject({ idle_seconds: HOUR, lasts: 8 * HOUR });
    await registry.subject(tenant, 'ada', { attributes: { region: 'apac', clearance: 'public' } });
    expect((await stored())[0]).toMatchObject({ idle_seconds: 600, lasts: 8 * HOUR });
    await registry.subject(tenant, 'ada', { attributes: { region: 'emea', clearance: 'secret' } });
    expect((await stored())[0]).toMatchObject({ idle_seconds: 600, lasts: HOUR }); // what is looser waits
    const moves = (await registry.published(tenant, PolicyEnforcedV1)).filter(({ data }) => data.trigger === 'move');
    expect(moves.map(({ data }) => [data.policy, (data.counts as EnforcementCounts).changed])).toEqual([
      ['subject:ada', 1],
      ['subject:ada', 1],
    ]);
  });

  it('an exact override holds to the second it expires: then live sessions get tighter, and the trail says why', async () => {
    await registry.subject(tenant, 'ada', { groups: ['field'] });
    const now = await registry.later(0);
    const expiresAt = new Date(now.getTime() + 100_000).toISOString();
    await override('group', 'field', {
      values: { idleSeconds: 4 * HOUR },
      exact: ['idleSeconds'],
      reason: 'x',
      expiresAt,
    });
    await registry.open(tenant, 'ada');
    expect((await stored())[0]).toMatchObject({ idle_seconds: 4 * HOUR });
    await registry.later(98);
    registry.enforceInBatches.onApplicationBootstrap();
    await registry.open(tenant, 'ada');
    expect((await stored()).map(({ idle_seconds }) => idle_seconds)).toEqual([4 * HOUR, 4 * HOUR]);
    await registry.later(3);
    await until('its end is enforced', async () => (await counts()).length === 2);
    expect((await stored()).map(({ idle_seconds }) => idle_seconds)).toEqual([HOUR, HOUR]);
    expect((await registry.published(tenant, PolicyEnforcedV1))[1]!.data).toMatchObject({ trigger: 'expiry' });
  });

  it('S14 many people are judged in batches; whoever crashes between two leaves the rest to the next, and the count is exact', async () => {
    await registry.owner.query(
      `WITH p AS (INSERT INTO subjects (tenant, subject_id, identifiers, accounts, groups, attributes, listed)
         SELECT $1, 'm-' || n, '{}', '[]', '{}', '{}', true FROM generate_series(1, 1500) n RETURNING subject_id)
       INSERT INTO sessions (tenant, session_id, client_id, sid, subject_id, authenticated_at, judged_at, opened_at, opened_by_broker,
         last_activity_at, idle_seconds, absolute_expires_at, expires_at, epoch)
       SELECT $1, gen_random_uuid(), 'crm', p.subject_id, p.subject_id, now(), now(), now(), false, curfew_now(), 3600,
         curfew_now() + interval '8 hours', curfew_now() + interval '1 hour', 0 FROM p`,
      [tenant],
    );
    const enforcementId = await save({ idleSeconds: 900 }, ['idleSeconds']);
    const tight = async () => (await stored()).filter(({ idle_seconds }) => idle_seconds === 900).length;
    expect(await tight()).toBe(200); // the first of them with the policy itself
    expect(await counts()).toEqual([]);
    const { id } = await registry.open(tenant, 'm-1'); // under the new policy already: not counted
    registry.enforceInBatches.onApplicationBootstrap();
    const [done] = await until('all are judged', async () => {
      const published = await registry.published(tenant, PolicyEnforcedV1);
      return published.length > 0 && published;
    });
    expect(done!.data).toMatchObject({ enforcementId, counts: { sessions: 1_500, subjects: 1_500, changed: 1_500 } });
    expect(await tight()).toBe(1_501);
    expect(await check(id)).toMatchObject({ active: true });
  });

  it('a sign-in that was judged by the policy before is judged anew by the one after', async () => {
    await registry.subject(tenant, 'ada');
    const release = await registry.hold('sessions');
    const opening = registry.open(tenant, 'ada');
    await registry.waiting(1, 'relation');
    const saving = save({ idleSeconds: 60 }, ['idleSeconds']);
    await registry.waiting(1, 'advisory');
    await release();
    await Promise.all([opening, saving]);
    expect((await stored())[0]).toMatchObject({ idle_seconds: 60 });
    expect(await counts()).toMatchObject([{ sessions: 1, changed: 1 }]);
  });

  it('N-15 what a preview counts is what the save then does, whatever is live', async () => {
    const random = (n: number) => Math.floor(Math.random() * n);
    for (let n = 0; n < 12; n++)
      await registry.subject(tenant, `u-${n}`, {
        groups: [`g-${n % 3}`, 'all'],
        attributes: { region: n % 2 ? 'emea' : 'apac' },
      });
    for (let n = 0; n < 60; n++)
      await registry.open(tenant, `u-${random(12)}`, {
        clientId: random(2) ? 'crm' : 'erp',
        device: random(4) ? { id: `d-${random(4)}` } : null,
        authenticatedAt: new Date(Date.now() - random(8) * HOUR * 1000),
      });
    await registry.owner.query(
      `UPDATE sessions SET last_activity_at = last_activity_at - random() * interval '50 minutes',
         opened_at = opened_at - random() * interval '7 hours' WHERE tenant = $1`,
      [tenant],
    );
    const policies: readonly [string, Partial<DefaultPolicy> | Partial<PolicyOverride>, PolicyField[]][] = [
      ['group:g-1', { values: { idleSeconds: 1_500, reauthSeconds: 5 * HOUR } }, ['idleSeconds', 'reauthSeconds']],
      ['region:apac', { values: { absoluteSeconds: 5 * HOUR } }, ['absoluteSeconds']],
      ['application:erp', { values: { applicationCap: 2 } }, ['applicationCap']],
      ['default', { ...INITIAL_POLICY, absoluteSeconds: 8 * HOUR, cap: 2, overCap: 'evict' }, ['cap', 'overCap']],
    ];
    for (const [name, document] of policies) {
      const ref = policyCalled(name)!;
      const untouched = await stored();
      const preview = await registry.previewPolicy.execute(tenant, ref, document, undefined);
      expect(await stored()).toEqual(untouched);
      const order = enforcementOf(
        preview.changes.map((change) => ({ ...change, affects: [change.field as PolicyField] })),
        undefined,
      );
      if (name === 'default') await save(document as Partial<DefaultPolicy>, [...order!.fields]);
      else await override(ref.layer as OverrideLayer, ref.id, document as Partial<PolicyOverride>);
      expect([name, (await counts()).at(-1)]).toEqual([name, preview.counts]);
      const { ended, evicted, marked, changed } = preview.counts;
      expect(ended + evicted + marked + changed).toBeGreaterThan(0);
      const parts = (by: Readonly<Record<string, Readonly<Record<string, number>>>>) =>
        Object.values(by)
          .flatMap((part) => Object.values(part))
          .reduce((sum, n) => sum + n, 0);
      for (const by of [preview.byApplication, preview.byRegion])
        expect(parts(by as never)).toBe(ended + evicted + marked + changed);
    }
  });

  it('OP-07 OP-08 says for each field of a person’s policy where it comes from', async () => {
    await registry.subject(tenant, 'ada', { groups: ['sre'] });
    await registry.subject(tenant, 'bob', { groups: ['finance'] });
    await override('group', 'sre', { values: { idleSeconds: 900 } });
    await override('application', 'erp', { values: { applicationCap: 1 } });
    const ada = await registry.findEffectivePolicy.execute(tenant, 'ada', 'erp');
    expect(ada.standing).toBe('Overrides org');
    expect(ada.fields).toMatchObject({
      idleSeconds: { value: 900, policy: 'group:sre', standing: 'Overrides org' },
      applicationCap: { value: 1, policy: 'application:erp' },
      absoluteSeconds: { value: 8 * HOUR, policy: 'default', standing: 'Inherits org defaults' },
    });
    expect(await registry.findEffectivePolicy.execute(tenant, 'bob', null)).toMatchObject({
      standing: 'Inherits org defaults',
      fields: { idleSeconds: { value: HOUR, policy: 'default' } },
    });
    await expect(registry.findEffectivePolicy.execute(tenant, 'nobody', null)).rejects.toThrow(/no such subject/);
  });

  it('OP-07 a look-up is never answered by what held before: a save, an end, a move of the person', async () => {
    const elsewhere = registry.anotherLookUp(); // at another instance, which holds what it looked up before
    const idleOf = async (id: string) => {
      const said = await Promise.all(
        [registry.findEffectivePolicy, elsewhere].map((one) => one.execute(tenant, id, null)),
      );
      const [here, there] = said.map(({ fields }) => [fields.idleSeconds!.value, fields.idleSeconds!.policy]);
      expect(there).toEqual(here);
      return here;
    };
    await people(3, { groups: ['sre'] });
    expect(await idleOf('sre-0')).toEqual([HOUR, 'default']);
    const { rows } = await registry.owner.query<{ at: Date }>(`SELECT curfew_now() + interval '10 minutes' AS at`);
    await override('group', 'sre', { values: { idleSeconds: 900 }, expiresAt: rows[0]!.at.toISOString() });
    expect(await Promise.all(['sre-0', 'sre-1', 'sre-2'].map(idleOf))).toEqual(Array(3).fill([900, 'group:sre']));
    await save({ idleSeconds: 600 }, ['idleSeconds']);
    expect(await idleOf('sre-0')).toEqual([600, 'default']);
    await save({ idleSeconds: 3_000 }, []);
    await registry.subject(tenant, 'sre-1', { groups: ['sales'] });
    expect(await Promise.all(['sre-0', 'sre-1'].map(idleOf))).toEqual([
      [900, 'group:sre'],
      [3_000, 'default'],
    ]);
    await registry.later(11 * 60);
    expect(await idleOf('sre-0')).toEqual([3_000, 'default']);
  });
});
